using System.Globalization;

namespace TinyHost.Tests;

public sealed class RequestTagsTests
{
    private const string Route = "/users/{id}";

    private readonly RequestTags _table = new("http");

    [Fact]
    public void Tags_are_found_by_their_whole_key()
    {
        var tags = _table.Of("GET", 200, 1, Route, null);
        KeyValuePair<string, object?>[][] others =
        [
            _table.Of("POST", 200, 1, Route, null),
            _table.Of("GET", 404, 1, Route, null),
            _table.Of("GET", 200, 0, Route, null),
            _table.Of("GET", 200, 1, "/", null),
            _table.Of("GET", 200, 1, null, null),
            _table.Of("GET", 200, 1, Route, "500"),
        ];

        Assert.Same(tags, _table.Of("GET", 200, 1, Route, null));
        Assert.All(others, other => Assert.NotEqual(tags, other));
    }

    [Fact]
    public void Tags_have_the_names_of_the_semantic_conventions()
    {
        Assert.Equal(
            "http.request.method=GET http.response.status_code=200 network.protocol.version=1.1 url.scheme=http http.route=/users/{id}",
            Text(_table.Of("GET", 200, 1, Route, null)));
        Assert.Equal(
            "http.request.method=GET http.response.status_code=500 network.protocol.version=1.0 url.scheme=http error.type=500",
            Text(_table.Of("GET", 500, 0, null, "500")));
    }

    [Fact]
    public void Tags_of_a_request_without_a_route_are_kept() =>
        Assert.Same(_table.Of("GET", 404, 1, null, null), _table.Of("GET", 404, 1, null, null));

    [Fact]
    public void Methods_that_share_a_route_are_kept_side_by_side()
    {
        string[] methods = ["GET", "HEAD", "POST", "PUT", "DELETE"];
        var kept = methods.Select(method => _table.Of(method, 200, 1, Route, null)).ToList();
        Assert.Equal(methods, kept.Select(tags => tags[0].Value));
        Assert.All(methods.Zip(kept), pair => Assert.Same(pair.Second, _table.Of(pair.First, 200, 1, Route, null)));
    }

    [Fact]
    public void An_entry_is_never_evicted()
    {
        string[] routes = [.. Enumerable.Range(0, 10_000).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        var first = routes.Select(route => _table.Of("GET", 200, 1, route, null)).ToList();
        Assert.Equal(routes, first.Select(tags => tags[^1].Value));

        var second = routes.Select(route => _table.Of("GET", 200, 1, route, null)).ToList();
        var kept = Enumerable.Range(0, routes.Length).Where(i => ReferenceEquals(first[i], second[i])).ToList();
        Assert.InRange(kept.Count, 1, 512);
        Assert.All(kept, i => Assert.Same(first[i], _table.Of("GET", 200, 1, routes[i], null)));
    }

    private static string Text(KeyValuePair<string, object?>[] tags) => string.Join(' ', tags.Select(tag => $"{tag.Key}={tag.Value}"));
}
