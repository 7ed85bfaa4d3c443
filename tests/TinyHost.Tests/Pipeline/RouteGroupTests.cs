// Owns: tests of groups of routes and of the handler for paths without a route.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RouteGroupTests
{
    [Theory]
    [InlineData("GET", "/admin", 200, "/admin")]
    [InlineData("GET", "/admin/users", 200, "/admin/users")]
    [InlineData("POST", "/admin/users", 200, "/admin/users")]
    [InlineData("GET", "/admin/tenants/7", 200, "/admin/tenants/{tenant:long}")]
    [InlineData("DELETE", "/admin/tenants/7/keys/k", 200, "/admin/tenants/{tenant:long}/keys/{key}")]
    [InlineData("GET", "/admin/", 404, "404 Not Found\n")]
    [InlineData("GET", "/users", 404, "404 Not Found\n")]
    [InlineData("PUT", "/admin/users", 405, "405 Method Not Allowed\n")]
    public async Task A_group_puts_its_prefix_before_its_routes(string method, string target, int status, string content)
    {
        Func<RequestContext, Task> app = new Routes().Get("/", Route).Group("/admin", admin => admin
            .Get("/", Route)
            .Get("/users", Route)
            .Post("/users", Route)
            .Group("/tenants/{tenant:long}", tenant => tenant.Get("/", Route).Delete("/keys/{key}", Route)));
        var response = await app.SendAsync(method, target);
        Assert.Equal((status, content), (response.Status, response.Content));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("admin")]
    [InlineData("/admin/")]
    public void A_prefix_begins_with_a_slash_and_does_not_end_in_one(string prefix)
    {
        var exception = Assert.Throws<ArgumentException>(nameof(prefix), () => new Routes().Group(prefix, _ => { }));
        Assert.StartsWith(
            $"Not a group's prefix: '{prefix}'; it begins with a slash and does not end in one, such as /admin.", exception.Message);
    }

    [Theory]
    [InlineData("/a b%20", "/x")]
    [InlineData("/{a:number}", "/x")]
    [InlineData("/{*rest}", "/x")]
    [InlineData("/{id}", "/{id}")]
    [InlineData("/ok", "x")]
    public void Templates_are_checked(string prefix, string template) =>
        Assert.StartsWith(
            "Not a route template: ",
            Assert.Throws<ArgumentException>(() => new Routes().Group(prefix, group => group.Get(template, Route))).Message);

    [Fact]
    public void A_group_collides_with_other_routes()
    {
        var routes = new Routes().Get("/admin/users", Route);
        var exception = Assert.Throws<ArgumentException>(() => routes.Group("/admin", admin => admin.Get("/users", Route)));
        Assert.Equal("The route GET /admin/users takes the same requests as GET /admin/users.", exception.Message);
    }

    [Fact]
    public void A_group_takes_no_routes_later_and_has_no_NotFound_of_its_own()
    {
        Routes? kept = null;
        new Routes().Group("/admin", admin => kept = admin.Get("/users", Route));
        Assert.Throws<InvalidOperationException>(() => kept!.Get("/late", Route));
        var exception = Assert.Throws<InvalidOperationException>(() => new Routes().Group("/admin", admin => admin.NotFound(Route)));
        Assert.Equal("The group /admin cannot have a NotFound: set that of all routes.", exception.Message);
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404, "nothing at /nowhere")]
    [InlineData("OPTIONS", "/nowhere", 404, "nothing at /nowhere")]
    [InlineData("POST", "/moved", 200, "nothing at /moved")]
    [InlineData("POST", "/here", 405, "405 Method Not Allowed\n")]
    [InlineData("TRACE", "/nowhere", 501, "501 Not Implemented\n")]
    public async Task NotFound_answers_paths_without_a_route(string method, string target, int status, string content)
    {
        Func<RequestContext, Task> app = new Routes().Get("/here", Route).NotFound(context =>
        {
            if (context.Request.Path == "/moved")
            {
                context.Response.StatusCode = 200;
            }

            return context.Response.WriteTextAsync($"nothing at {context.Request.Path}{context.Route}");
        });
        var response = await app.SendAsync(method, target);
        Assert.Equal((status, content), (response.Status, response.Content));
    }

    [Fact]
    public async Task NotFound_is_one_handler_set_in_time()
    {
        var routes = new Routes().NotFound(Route);
        Assert.Throws<ArgumentNullException>(() => new Routes().NotFound(null!));
        Assert.Throws<InvalidOperationException>(() => routes.NotFound(Route));
        var served = new Routes();
        await ((Func<RequestContext, Task>)served).GetAsync("/");
        var exception = Assert.Throws<InvalidOperationException>(() => served.NotFound(Route));
        Assert.Equal("NotFound is called once, and before the routes are served.", exception.Message);
    }

    private static Task Route(RequestContext context) => context.Response.WriteTextAsync(context.Route ?? "");
}
