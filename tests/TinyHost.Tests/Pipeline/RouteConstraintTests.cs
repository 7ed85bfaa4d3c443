// Owns: tests of constraints of route parameters.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RouteConstraintTests
{
    private static Routes Table() => new Routes()
        .Get("/users/{id:int}", Says("int"))
        .Get("/users/{id:long}", Says("long"))
        .Delete("/users/{id:long}", Says("delete"))
        .Get("/users/{id:guid}", Says("guid"))
        .Get("/users/me", Says("me"))
        .Put("/users/{name}", Says("put"))
        .Get("/users/{id:long}/posts", Says("posts"))
        .Get("/names/{name:alpha}", Says("alpha"))
        .Get("/names/{*rest}", Says("rest"));

    [Fact]
    public async Task A_value_is_read_as_a_type_or_refused_with_the_name()
    {
        Func<RequestContext, Task> app = new Routes()
            .Get("/orders/{id:long}", context => context.Response.WriteTextAsync($"{context.Request.RouteValues.Get<long>("id") + 1}"))
            .Get("/days/{day}", context => context.Response.WriteTextAsync($"{context.Request.RouteValues.Get<DateOnly>("day"):yyyy.MM}"))
            .Get("/{a}", context => context.Response.WriteTextAsync($"{context.Request.RouteValues.Get<int>("b")}"));
        app = ErrorHandling.Wrap(app, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        Assert.Equal((200, "9223372036"), await SendAsync(app, "GET", "/orders/9223372035"));
        Assert.Equal((200, "2026.11"), await SendAsync(app, "GET", "/days/2026-11-26"));
        Assert.Equal(
            (400, "400 Bad Request: invalid parameter: route parameter 'day' is not a valid DateOnly\n"),
            await SendAsync(app, "GET", "/days/monday"));
        Assert.Equal(500, (await SendAsync(app, "GET", "/7")).Status);
    }

    [Theory]
    [InlineData("/users/7", "int")]
    [InlineData("/users/-7", "int")]
    [InlineData("/users/007", "int")]
    [InlineData("/users/2147483647", "int")]
    [InlineData("/users/2147483648", "long")]
    [InlineData("/users/-9223372036854775808", "long")]
    [InlineData("/users/0af76519-16cd-43dd-8448-eb211c80319c", "guid")]
    [InlineData("/users/0AF7651916CD43DD8448EB211C80319C", "guid")]
    [InlineData("/users/me", "me")]
    [InlineData("/users/7/posts", "posts")]
    [InlineData("/names/bob", "alpha")]
    [InlineData("/names/b0b", "rest")]
    [InlineData("/names/", "rest")]
    [InlineData("/names/b%C3%B6b", "rest")]
    public async Task A_segment_takes_the_narrowest_route_that_it_fits(string target, string expected)
    {
        Func<RequestContext, Task> app = Table();
        Assert.Equal((200, expected), await SendAsync(app, "GET", target));
    }

    [Theory]
    [InlineData("/users/9223372036854775808/posts")]
    [InlineData("/users/x/posts")]
    [InlineData("/users/+7/posts")]
    [InlineData("/users/%2B7/posts")]
    [InlineData("/users/%207/posts")]
    [InlineData("/users/7%20/posts")]
    [InlineData("/users/1,000/posts")]
    [InlineData("/users/1.0/posts")]
    [InlineData("/users/0x7/posts")]
    [InlineData("/users/-/posts")]
    [InlineData("/users/--7/posts")]
    [InlineData("/users/%D9%A7/posts")]
    [InlineData("/users/{id:long}/posts")]
    [InlineData("/users//posts/7")]
    public async Task A_segment_that_fits_no_constraint_is_not_found(string target)
    {
        Func<RequestContext, Task> app = Table();
        Assert.Equal(404, (await SendAsync(app, "GET", target)).Status);
    }

    [Theory]
    [InlineData("{0af76519-16cd-43dd-8448-eb211c80319c}")]
    [InlineData("0af76519-16cd-43dd-8448-eb211c80319")]
    [InlineData("0af7651916cd43dd8448eb211c80319x")]
    public async Task A_text_that_is_no_GUID_is_another_routes(string segment)
    {
        Func<RequestContext, Task> app = new Routes().Get("/{id:guid}", Says("guid")).Get("/{name}", Says("name"));
        Assert.Equal((200, "name"), await SendAsync(app, "GET", "/" + segment));
    }

    [Theory]
    [InlineData("DELETE", "/users/7", 200, null)]
    [InlineData("PUT", "/users/7", 200, null)]
    [InlineData("POST", "/users/7", 405, "GET, HEAD, DELETE, PUT, OPTIONS")]
    [InlineData("DELETE", "/users/x", 405, "PUT, OPTIONS")]
    public async Task Only_the_routes_that_a_segment_fits_count_for_Allow(string method, string target, int status, string? allow)
    {
        Func<RequestContext, Task> app = Table();
        var response = await app.SendAsync(method, target);
        Assert.Equal((status, allow), (response.Status, response.Field("Allow")));
    }

    [Fact]
    public async Task The_route_includes_the_constraint_and_the_value_has_the_name()
    {
        Func<RequestContext, Task> app = new Routes().Get("/a/{id:long}", context =>
            context.Response.WriteTextAsync($"{context.Route} {context.Request.RouteValues["id"]}"));
        Assert.Equal((200, "/a/{id:long} 7"), await SendAsync(app, "GET", "/a/7"));
    }

    [Fact]
    public void The_same_constraint_twice_is_a_collision()
    {
        var exception = Assert.Throws<ArgumentException>(() => Table().Get("/users/{other:long}", Says("other")));
        Assert.Equal("The route GET /users/{other:long} takes the same requests as GET /users/{id:long}.", exception.Message);
    }

    private static Func<RequestContext, Task> Says(string text) => context => context.Response.WriteTextAsync(text);

    private static async Task<(int Status, string Content)> SendAsync(Func<RequestContext, Task> app, string method, string target)
    {
        var response = await app.SendAsync(method, target);
        return (response.Status, response.Content);
    }
}
