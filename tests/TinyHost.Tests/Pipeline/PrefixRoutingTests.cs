// Owns: tests of PrefixRouting, and of the end points of named prefixes.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PrefixRoutingTests
{
    private static readonly Func<RequestContext, Task> s_app = context => context.Response.WriteTextAsync("app");
    private static readonly Func<RequestContext, Task> s_admin = context => context.Response.WriteTextAsync("admin");

    [Fact]
    public async Task Requests_are_diverted_by_the_prefix_whose_port_the_system_chose()
    {
        var chain = new Pipeline().MapPrefix("Admin", s_admin).Run(s_app);
        await using var server = new HttpServer("http://127.0.0.1:0/;admin=http://127.0.0.1:0/a/", chain);
        Assert.Throws<InvalidOperationException>(() => server.EndPointOf("admin"));
        for (var i = 0; i < 2; i++)
        {
            await server.StartAsync();
            Assert.Same(server.EndPoints[1], server.EndPointOf("ADMIN"));
            Assert.Equal("app", await GetAsync(server, 0, "/"));
            Assert.Equal("admin", await GetAsync(server, 1, "/a/"));
            await server.StopAsync();
        }
    }

    [Fact]
    public async Task Two_servers_that_share_a_chain_each_have_the_port_of_their_own_prefix()
    {
        var chain = PrefixRouting.Wrap(s_app, "admin", s_admin);
        await using var first = new HttpServer("http://127.0.0.1:0/;admin=http://127.0.0.1:0/", chain);
        await using var second = new HttpServer("admin=http://127.0.0.1:0/;http://127.0.0.1:0/", chain);
        await first.StartAsync();
        await second.StartAsync();
        Assert.Equal(["app", "admin"], [await GetAsync(first, 0, "/"), await GetAsync(first, 1, "/")]);
        Assert.Equal(["admin", "app"], [await GetAsync(second, 0, "/"), await GetAsync(second, 1, "/")]);
    }

    [Theory]
    [InlineData(
        "http://127.0.0.1:0/", "no prefix has a name; name one, such as admin=http://127.0.0.1:8080/ (TinyHost:Prefixes:admin).")]
    [InlineData("b=http://127.0.0.1:0/;a=http://127.0.0.1:0/", "no prefix has that name; the names are: b, a.")]
    public async Task A_name_that_no_prefix_has_fails_the_start(string prefixes, string expected)
    {
        await using var server = new HttpServer(prefixes, PrefixRouting.Wrap(s_app, "admin", s_admin));
        var error = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.Equal($"Cannot start: a stage of the chain serves the prefix 'admin', but {expected}", error.Message);
        Assert.Empty(server.EndPoints);
    }

    [Fact]
    public async Task A_stage_that_a_lambda_hides_finds_its_prefix_with_its_first_request()
    {
        var hidden = PrefixRouting.Wrap(s_app, "admin", s_admin);
        await using var server = new HttpServer("http://127.0.0.1:0/;admin=http://127.0.0.1:0/", context => hidden(context));
        await server.StartAsync();
        Assert.Equal("app", await GetAsync(server, 0, "/"));
        Assert.Equal("admin", await GetAsync(server, 1, "/"));
    }

    [Fact]
    public async Task A_served_prefix_that_shares_its_port_fails_the_start()
    {
        var port = FreePort.Next();
        await using var server = new HttpServer(
            $"http://127.0.0.1:{port}/;admin=http://127.0.0.1:{port}/admin/", PrefixRouting.Wrap(s_app, "admin", s_admin));
        Assert.Equal(
            $"Cannot start: a stage of the chain serves the prefix http://127.0.0.1:{port}/admin/ (admin) alone, but "
            + $"http://127.0.0.1:{port}/ has the same port; give each a port of its own.",
            (await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync())).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("a.b")]
    [InlineData("a__b")]
    [InlineData("a b")]
    [InlineData("http://127.0.0.1:0/")]
    public void A_text_that_cannot_be_a_name_is_refused(string name) =>
        Assert.Throws<ArgumentException>("prefix", () => PrefixRouting.Wrap(s_app, name, s_admin));

    [Fact]
    public async Task An_unknown_name_has_no_end_point()
    {
        await using var server = new HttpServer("public=http://127.0.0.1:0/", s_app);
        await server.StartAsync();
        var error = Assert.Throws<ArgumentException>("prefix", () => server.EndPointOf("admin"));
        Assert.Contains("the names are: public.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_knows_the_name_of_its_prefix()
    {
        await using var server = new HttpServer(
            "public=http://127.0.0.1:0/;http://127.0.0.1:0/", context => context.Response.WriteTextAsync(
                $"{context.Connection.IsOfPrefix("PUBLIC")} {context.Connection.IsOfPrefix("other")}"));
        await server.StartAsync();
        Assert.Equal(["True False", "False False"], [await GetAsync(server, 0, "/"), await GetAsync(server, 1, "/")]);
    }

    private static async Task<string> GetAsync(HttpServer server, int index, string path)
    {
        using var client = await RawClient.ConnectAsync(server.EndPoints[index]);
        return (await client.GetAsync(path)).Content;
    }
}
