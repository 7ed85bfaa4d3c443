// Owns: tests of RouteNode: choosing a route by path and method.

namespace TinyHost.Tests;

public sealed class RouteNodeTests
{
    private static readonly string[] s_table =
    [
        "GET /", "GET /users", "POST /users", "GET /users/", "GET /users/me", "GET /users/{id}", "DELETE /users/{name}",
        "GET /users/{id}/posts",
        "GET /users/me/likes", "GET /files/{*path}", "PUT /files/{name}", "GET /files/index", "HEAD /users/me", "PURGE /{*all}",
    ];

    [Theory]
    [InlineData("GET", "/", "GET /")]
    [InlineData("GET", "/users", "GET /users")]
    [InlineData("POST", "/users", "POST /users")]
    [InlineData("GET", "/users/", "GET /users/")]
    [InlineData("GET", "/users/me", "GET /users/me")]
    [InlineData("GET", "/users/17", "GET /users/{id}")]
    [InlineData("DELETE", "/users/17", "DELETE /users/{name}")]
    [InlineData("GET", "/users/17/posts", "GET /users/{id}/posts")]
    [InlineData("GET", "/files/a/b", "GET /files/{*path}")]
    [InlineData("GET", "/files/", "GET /files/{*path}")]
    [InlineData("GET", "/files/index", "GET /files/index")]
    [InlineData("PURGE", "/any/thing", "PURGE /{*all}")]
    [InlineData("PURGE", "/", "PURGE /{*all}")]
    public void The_most_literal_match_wins(string method, string path, string expected) => Assert.Equal(expected, Find(method, path));

    [Theory]
    [InlineData("GET", "/users/me/posts", "GET /users/{id}/posts")]
    [InlineData("GET", "/files/x", "GET /files/{*path}")]
    [InlineData("GET", "/files/index/x", "GET /files/{*path}")]
    [InlineData("DELETE", "/users/me", "DELETE /users/{name}")]
    [InlineData("PURGE", "/users/me", "PURGE /{*all}")]
    public void A_dead_end_falls_back_to_the_next_best_match(string method, string path, string expected) =>
        Assert.Equal(expected, Find(method, path));

    [Theory]
    [InlineData("/users/17", "GET /users/{id}")]
    [InlineData("/users/me", "HEAD /users/me")]
    public void HEAD_uses_the_GET_route_unless_it_has_its_own(string path, string expected) =>
        Assert.Equal(expected, Find("HEAD", path));

    [Theory]
    [InlineData("GET", "/user")]
    [InlineData("GET", "/userss")]
    [InlineData("GET", "/USERS")]
    [InlineData("GET", "/users/17/")]
    [InlineData("GET", "/users//posts")]
    [InlineData("GET", "/users/17/posts/1")]
    [InlineData("GET", "/files")]
    [InlineData("GET", "//")]
    [InlineData("get", "/users")]
    [InlineData("PATCH", "/users")]
    public void Other_paths_and_methods_have_no_route(string method, string path) => Assert.Null(Find(method, path));

    [Theory]
    [InlineData("/users/me", "GET HEAD GET DELETE PURGE")]
    [InlineData("/users", "GET POST PURGE")]
    [InlineData("/nowhere", "PURGE")]
    public void Methods_of_routes_for_the_path_are_listed(string path, string methods)
    {
        List<Route> allowed = [];
        Assert.Null(Table(s_table).Find(path, "PATCH", allowed));
        Assert.Equal(methods, string.Join(' ', allowed.Select(route => route.Method)));
    }

    [Theory]
    [InlineData("GET /users", "GET /users")]
    [InlineData("GET /users/{id}", "GET /users/{name}")]
    [InlineData("GET /users/{id}/x", "GET /users/{name}/x")]
    [InlineData("GET /{*a}", "GET /{*b}")]
    public void Two_routes_for_the_same_requests_are_refused(string first, string second)
    {
        var exception = Assert.Throws<ArgumentException>(() => Table([first, second]));
        Assert.Equal($"The route {second} takes the same requests as {first}.", exception.Message);
    }

    [Fact]
    public void Finding_a_route_allocates_nothing()
    {
        var root = Table(s_table);
        root.Find("/users/17/posts", "GET", null);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            root.Find("/users/me/likes", "GET", null);
            root.Find("/users/17/posts", "GET", null);
            root.Find("/nowhere", "GET", null);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string? Find(string method, string path) =>
        Table(s_table).Find(path, method, null) is { } route ? $"{route.Method} {route.Template.Text}" : null;

    private static RouteNode Table(IEnumerable<string> routes)
    {
        var root = new RouteNode();
        foreach (var parts in routes.Select(route => route.Split(' ')))
        {
            root.Add(new Route(parts[0], RouteTemplateParser.Parse(parts[1]), _ => Task.CompletedTask));
        }

        return root;
    }
}
