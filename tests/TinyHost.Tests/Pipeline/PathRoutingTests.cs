// Owns: tests of PathRouting, FieldRouting and PredicateRouting.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PathRoutingTests
{
    private static readonly Func<RequestContext, Task> s_show =
        context => context.Response.WriteTextAsync($"{context.Request.BasePath}|{context.Request.Path}");

    private static readonly Func<RequestContext, Task> s_app = context =>
        context.Response.WriteTextAsync($"app|{context.Request.BasePath}|{context.Request.Path}");

    [Theory]
    [InlineData("/admin", "/admin|/")]
    [InlineData("/admin?q", "/admin|/")]
    [InlineData("/admin/", "/admin|/")]
    [InlineData("/admin/x/y", "/admin|/x/y")]
    [InlineData("/admin//", "/admin|/")]
    [InlineData("//admin/secret", "/admin|/secret")]
    [InlineData("///admin//secret", "/admin|/secret")]
    [InlineData("/.//admin", "/admin|/")]
    [InlineData("/x//../admin/secret", "/admin|/secret")]
    [InlineData("//x/..//admin", "/admin|/")]
    [InlineData("http://test//admin/secret", "/admin|/secret")]
    [InlineData("/admin\\secret", "app||/admin\\secret")]
    [InlineData("/{admin}/x", "app||/{admin}/x")]
    [InlineData("/%61dmin/a%2Fb", "/admin|/a%2Fb")]
    [InlineData("/x/../admin/x", "/admin|/x")]
    [InlineData("/administrator", "app||/administrator")]
    [InlineData("/admin%2Fx", "app||/admin%2Fx")]
    [InlineData("/Admin", "app||/Admin")]
    [InlineData("/admin/../x", "app||/x")]
    [InlineData("/", "app||/")]
    public async Task A_prefix_matches_whole_segments(string target, string expected)
    {
        var app = PathRouting.Wrap(s_app, "/admin", s_show);
        Assert.Equal(expected, (await app.GetAsync(target)).Content);
    }

    /// <summary>A request either reaches the guard, or has a path outside the guarded prefix.</summary>
    [Fact]
    public async Task No_form_of_a_path_bypasses_a_guard()
    {
        var routes = new Routes().Get("/{*path}", context => context.Response.WriteTextAsync($"{context.Request.RouteValues["path"]}"));
        var app = PathRouting.Wrap(routes.HandleAsync, "/admin", context => context.Response.WriteTextAsync("guarded"));
        string[] slashes = ["/", "//", "/./", "/.//", "/x/../", "/x//../", "\\", "%2F", "%5C", "/%2e/", "/%2E%2e/"];
        foreach (var first in slashes.Where(slash => slash[0] == '/'))
        {
            foreach (var second in slashes)
            {
                var content = (await app.GetAsync($"{first}admin{second}secret")).Content;
                var hasPassed = content.Replace('\\', '/').StartsWith("admin/", StringComparison.Ordinal);
                Assert.False(hasPassed, $"{first}admin{second}secret passed as {content}.");
            }
        }
    }

    [Fact]
    public async Task Prefixes_nest()
    {
        var app = PathRouting.Wrap(s_app, "/a", PathRouting.Wrap(s_app, "/b", s_show));
        Assert.Equal("/a/b|/c", (await app.GetAsync("/a/b/c")).Content);
        Assert.Equal("/a/b|/d", (await app.GetAsync("/a/b/d")).Content);
        Assert.Equal("app|/a|/c", (await app.GetAsync("/a/c")).Content);
    }

    [Theory]
    [InlineData("now")]
    [InlineData("later")]
    [InlineData("throws")]
    [InlineData("throws later")]
    public async Task Path_and_base_path_are_restored_afterwards(string kind)
    {
        Func<RequestContext, Task> handler = kind switch
        {
            "now" => _ => Task.CompletedTask,
            "later" => async context =>
            {
                await Task.Yield();
                Assert.Equal("/a|/b", $"{context.Request.BasePath}|{context.Request.Path}");
            }
            ,
            "throws" => _ => throw new NotSupportedException(),
            _ => async _ =>
            {
                await Task.Yield();
                throw new NotSupportedException();
            }
            ,
        };
        var routed = PathRouting.Wrap(s_app, "/a", handler);
        Func<RequestContext, Task> app = async context =>
        {
            var exception = await Record.ExceptionAsync(() => routed(context));
            Assert.Equal(kind.StartsWith("throws", StringComparison.Ordinal) ? typeof(NotSupportedException) : null, exception?.GetType());
            await s_show(context);
        };
        Assert.Equal("|/a/b", (await app.GetAsync("/a/b")).Content);
    }

    [Fact]
    public async Task A_repeated_literal_path_allocates_no_strings()
    {
        Func<RequestContext, Task> named = new Routes().Get("/c", _ => Task.CompletedTask).HandleAsync;
        var routed = PathRouting.Wrap(s_app, "/a", PathRouting.Wrap(s_app, "/b", named));
        var app = new Pipeline().Use(_ => new Measured(routed)).Run(s_app);
        Assert.Equal("0", (await app.GetAsync("/a/b/c")).Content);
        Assert.NotEqual("0", (await app.GetAsync("/a/b/secret")).Content);
    }

    private sealed class Measured(Func<RequestContext, Task> routed) : Stage(routed)
    {
        protected override async Task InvokeAsync(RequestContext context)
        {
            await routed(context);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                _ = routed(context);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            context.Response.StatusCode = 200;
            context.Response.ResetContent();
            await context.Response.WriteTextAsync($"{allocated}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("admin")]
    [InlineData("/admin/")]
    public void A_prefix_must_begin_with_a_slash_and_not_end_in_one(string prefix)
    {
        var exception = Assert.Throws<ArgumentException>(nameof(prefix), () => PathRouting.Wrap(s_app, prefix, s_show));
        Assert.StartsWith(
            $"Not a path prefix: '{prefix}'; it begins with a slash and does not end in one, such as /admin.", exception.Message);
    }

    [Fact]
    public async Task A_field_diverts_by_its_presence()
    {
        var app = FieldRouting.Wrap(s_app, "X-Tenant", s_show);
        Assert.Equal("|/", (await app.GetAsync("/", "x-tenant: acme")).Content);
        Assert.Equal("app||/", (await app.GetAsync("/", "X-Tenants: acme")).Content);
    }

    [Theory]
    [InlineData("X-Tenant: acme", true)]
    [InlineData("x-tenant:   acme  ", true)]
    [InlineData("X-Tenant: Acme", false)]
    [InlineData("X-Tenant: acme, other", false)]
    [InlineData("X-Other: acme", false)]
    public async Task A_field_diverts_by_its_whole_value(string line, bool diverted)
    {
        var app = FieldRouting.Wrap(s_app, "X-Tenant", "acme", s_show);
        Assert.Equal(diverted ? "|/" : "app||/", (await app.GetAsync("/", line)).Content);
    }

    [Fact]
    public void A_field_name_is_a_token()
    {
        Assert.Throws<ArgumentException>("name", () => FieldRouting.Wrap(s_app, "X Tenant", s_show));
        Assert.Throws<ArgumentException>("name", () => FieldRouting.Wrap(s_app, "", "acme", s_show));
    }

    [Fact]
    public async Task A_predicate_diverts()
    {
        var app = PredicateRouting.Wrap(s_app, context => context.Request.RawQuery == "admin", s_show);
        Assert.Equal("|/", (await app.GetAsync("/?admin")).Content);
        Assert.Equal("app||/", (await app.GetAsync("/?user")).Content);
    }
}
