using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class StringCacheTests
{
    [Fact]
    public async Task Possible_secrets_do_not_outlive_their_request()
    {
        var kept = new List<(string What, WeakReference Text)>();
        var app = new Pipeline()
            .MapPath("/admin", new Routes().Get("/{token}", Collect).HandleAsync)
            .Run(new Routes()
                .Get("/reset/{token}", Collect)
                .Get("/files/{*path}", Collect)
                .Get("/", context => context.Response.WriteTextAsync("ok")).HandleAsync);
        Task Collect(RequestContext context)
        {
            var request = context.Request;
            Keep("path", request.Path);
            Keep("target", request.Target);
            Keep("query", request.RawQuery);
            Keep("route value", request.RouteValues.TryGetValue("token", out var token) ? token : request.RouteValues["path"]);
            foreach (var (name, value) in request.Fields)
            {
                if (name != "Host")
                {
                    Keep(name, value);
                }
            }

            Keep("one field", request.Fields["X-Api-Key"]!);
            return context.Response.WriteTextAsync("ok");
        }

        void Keep(string what, string text) => kept.Add((what, new WeakReference(text)));

        const string Fields = "Host: h\r\nCookie: a=secret1\r\nAuthorization: Bearer secret2\r\nX-Api-Key: secret3\r\n"
            + "Referer: http://h/?t=secret4\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";
        using var server = new MemoryServer(app, new MemoryTransport());
        foreach (var target in new[] { "/reset/secret5?t=secret6", "/files/a/secret7?secret8", "/admin/secret9?t=secret0", "/" })
        {
            server.Transport.Arrive($"GET {target} HTTP/1.1\r\n{Fields}");
            var sent = target;
            await Until.TrueAsync(() => server.Transport.Sent.Split("HTTP/1.1 200").Length - 1 == Sent(sent));
        }

        Assert.Equal(3 * 10, kept.Count);
        await Until.TrueAsync(() =>
        {
            GC.Collect();
            return kept.TrueForAll(one => !one.Text.IsAlive);
        });

        static int Sent(string target) => target switch
        {
            "/reset/secret5?t=secret6" => 1,
            "/files/a/secret7?secret8" => 2,
            "/admin/secret9?t=secret0" => 3,
            _ => 4,
        };
    }

    [Fact]
    public async Task Methods_hosts_and_the_programs_own_paths_share_their_strings()
    {
        var seen = new List<string>();
        Task Collect(RequestContext context)
        {
            seen.AddRange([context.Request.Method, context.Request.Host, context.Request.Path, context.Request.Fields["User-Agent"]!]);
            return context.Response.WriteTextAsync("ok");
        }

        var app = new Pipeline()
            .MapPath("/admin", new Routes().Get("/users", Collect).HandleAsync)
            .Run(new Routes().Get("/users/me", Collect).HandleAsync);
        const string Fields = " HTTP/1.1\r\nHost: h:1\r\nUser-Agent: a/1\r\n\r\n";
        await MemoryServer.ExchangeAsync(
            $"GET /users/me{Fields}GET /users/me{Fields}GET /admin/users{Fields}GET /admin/users{Fields}", app);
        Assert.Equal(["GET", "h:1", "/users/me", "a/1"], seen[..4]);
        Assert.Equal(["GET", "h:1", "/users", "a/1"], seen[8..12]);
        for (var i = 0; i < 4; i++)
        {
            Assert.Same(seen[i], seen[i + 4]);
            Assert.Same(seen[i + 8], seen[i + 12]);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("/b")]
    [InlineData("/\u00E9")]
    public void Find_returns_the_text_whether_known_or_not(string text)
    {
        var long1 = new string('x', 200);
        var cache = new StringCache(["/a", "/a", "", "/\u00E9", long1]);
        Assert.Equal(text, cache.Find(Encoding.Latin1.GetBytes(text)));
        Assert.Equal(text, cache.Find(text.AsSpan()));
        Assert.Equal(long1, cache.Find(long1.AsSpan()));
        Assert.Equal(text == "/a", ReferenceEquals(cache.Find("/a".AsSpan()), cache.Find(Encoding.Latin1.GetBytes(text))));
    }
}
