// Owns: tests of Routes over the wire.

using Microsoft.Extensions.Logging.Abstractions;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RoutesTests
{
    private static Routes Table() => new Routes()
        .Get("/hello", context => context.Response.WriteTextAsync("hello"))
        .Post("/hello", context => context.Response.WriteTextAsync("posted"))
        .Get("/users/{id}", context => context.Response.WriteTextAsync($"{context.Route}|{context.Request.RouteValues["id"]}"))
        .Put("/users/{id}", _ => Task.CompletedTask)
        .Patch("/users/{id}", _ => Task.CompletedTask)
        .Delete("/users/{id}", _ => Task.CompletedTask)
        .Map("PURGE", "/cache", context => context.Response.WriteTextAsync("purged"))
        .Map("OPTIONS", "/own", context => context.Response.WriteTextAsync("own"));

    [Theory]
    [InlineData("GET", "/hello", "hello")]
    [InlineData("GET", "/hello?a=b", "hello")]
    [InlineData("GET", "/%68ello", "hello")]
    [InlineData("POST", "/hello", "posted")]
    [InlineData("PURGE", "/cache", "purged")]
    [InlineData("OPTIONS", "/own", "own")]
    [InlineData("GET", "/users/17", "/users/{id}|17")]
    [InlineData("GET", "/users/a%2Fb%20c", "/users/{id}|a%2Fb c")]
    [InlineData("GET", "//users///17", "/users/{id}|17")]
    [InlineData("GET", "/users/{id}", "/users/{id}|{id}")]
    [InlineData("GET", "/users/%7Bid%7D|*", "/users/{id}|{id}|*")]
    public async Task A_request_reaches_its_route(string method, string target, string expected)
    {
        Func<RequestContext, Task> app = Table().HandleAsync;
        var response = await app.SendAsync(method, target);
        Assert.Equal((200, expected), (response.Status, response.Content));
    }

    [Fact]
    public void A_handler_that_leads_back_to_its_routes_is_refused()
    {
        var routes = new Routes();
        var outer = ErrorHandling.Wrap(new Routes().Get("/", routes), NullLogger.Instance);

        Action[] additions = [() => routes.NotFound(routes), () => routes.Get("/{*path}", routes), () => routes.Get("/", outer)];
        Assert.All(additions, addition => Assert.Equal(
            "A handler of Routes leads back to Routes itself. (Parameter 'handler')", Assert.Throws<ArgumentException>(addition).Message));
    }

    [Fact]
    public async Task HEAD_is_answered_like_GET_without_content()
    {
        Func<RequestContext, Task> app = Table().HandleAsync;
        var response = await app.SendAsync("HEAD", "/hello");
        Assert.Equal((200, "5", ""), (response.Status, response.Field("Content-Length"), response.Content));
    }

    [Theory]
    [InlineData("GET", "/nowhere")]
    [InlineData("OPTIONS", "/nowhere")]
    [InlineData("BREW", "/nowhere")]
    [InlineData("GET", "/hello/")]
    [InlineData("GET", "/users/")]
    public async Task A_path_without_routes_is_not_found(string method, string target)
    {
        Func<RequestContext, Task> app = Table().HandleAsync;
        var response = await app.SendAsync(method, target);
        Assert.Equal((404, "404 Not Found\n", null), (response.Status, response.Content, response.Field("Allow")));
    }

    [Theory]
    [InlineData("DELETE", "/hello", "GET, HEAD, POST, OPTIONS")]
    [InlineData("PROPFIND", "/users/1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS")]
    [InlineData("GET", "/cache", "PURGE, OPTIONS")]
    public async Task Another_method_on_a_known_path_is_not_allowed(string method, string target, string allow)
    {
        Func<RequestContext, Task> app = Table().HandleAsync;
        var response = await app.SendAsync(method, target);
        Assert.Equal((405, "405 Method Not Allowed\n", allow), (response.Status, response.Content, response.Field("Allow")));
    }

    [Theory]
    [InlineData("BREW", 501)]
    [InlineData("get", 501)]
    [InlineData("GETS", 501)]
    [InlineData("PURGE", 405)]
    [InlineData("REPORT", 405)]
    public async Task A_method_without_routes_that_no_RFC_defines_is_not_implemented(string method, int status)
    {
        Func<RequestContext, Task> app = Table().HandleAsync;
        var response = await app.SendAsync(method, "/hello");
        Assert.Equal((status, status == 405 ? "GET, HEAD, POST, OPTIONS" : null), (response.Status, response.Field("Allow")));
    }

    [Theory]
    [InlineData("/hello", "GET, HEAD, POST, OPTIONS")]
    [InlineData("*", "GET, HEAD, POST, PUT, PATCH, DELETE, PURGE, OPTIONS")]
    public async Task OPTIONS_is_answered_with_Allow(string target, string allow)
    {
        Func<RequestContext, Task> app = Table().HandleAsync;
        var response = await app.SendAsync("OPTIONS", target);
        Assert.Equal((204, allow, null), (response.Status, response.Field("Allow"), response.Field("Content-Length")));
    }

    [Theory]
    [InlineData("TRACE", "/hello")]
    [InlineData("TRACE", "/nowhere")]
    [InlineData("CONNECT", "test:80")]
    public async Task CONNECT_and_TRACE_are_not_implemented(string method, string target)
    {
        Func<RequestContext, Task> app = Table().HandleAsync;
        Assert.StartsWith("HTTP/1.1 501 ", await MemoryServer.ExchangeAsync($"{method} {target} HTTP/1.1\r\nHost: test:80\r\n\r\n", app));
    }

    [Fact]
    public async Task The_route_of_a_mounted_table_includes_its_base_path()
    {
        var mounted = PathRouting.Wrap(_ => Task.CompletedTask, "/v1", Table().HandleAsync);
        var app = mounted;
        Assert.Equal("/v1/users/{id}|17", (await app.GetAsync("/v1/users/17")).Content);
    }

    [Fact]
    public async Task Route_values_do_not_reach_the_next_request()
    {
        var routes = new Routes()
            .Get("/a/{id}", context => context.Response.WriteTextAsync("a"))
            .Get("/b", context => context.Response.WriteTextAsync($"b{context.Request.RouteValues.Count}{context.Route}"));
        Func<RequestContext, Task> app = routes.HandleAsync;
        var text = await MemoryServer.ExchangeAsync("GET /a/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", app);
        Assert.EndsWith("b0/b", text);
    }

    [Fact]
    public void A_method_is_a_token()
    {
        var exception = Assert.Throws<ArgumentException>("method", () => new Routes().Map("GET POST", "/", _ => Task.CompletedTask));
        Assert.StartsWith("Not a method: 'GET POST'; a method is a token such as GET (RFC 9110 §9.1).", exception.Message);
    }

    [Fact]
    public async Task A_route_added_while_serving_is_refused()
    {
        var routes = Table();
        Func<RequestContext, Task> app = routes.HandleAsync;
        await app.GetAsync("/hello");
        var exception = Assert.Throws<InvalidOperationException>(() => routes.Get("/late", _ => Task.CompletedTask));
        Assert.Equal("The route GET /late comes too late: the routes are being served already.", exception.Message);
    }
}
