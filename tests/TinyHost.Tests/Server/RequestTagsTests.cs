using System.Diagnostics;
using System.Globalization;

namespace TinyHost.Tests;

public sealed class RequestTagsTests
{
    private static readonly TagList s_tags = new() { { "http.request.method", "GET" }, { "http.response.status_code", 200 } };

    private readonly RequestTags _table = new();

    [Fact]
    public void Tags_are_found_by_their_whole_key()
    {
        const string Route = "/users/{id}";
        _table.Keep("GET", 200, 1, Route, s_tags);

        Assert.Equal(s_tags, _table.Find("GET", 200, 1, Route).ToArray());
        Assert.True(_table.Find("POST", 200, 1, Route).IsEmpty);
        Assert.True(_table.Find("GET", 404, 1, Route).IsEmpty);
        Assert.True(_table.Find("GET", 200, 0, Route).IsEmpty);
        Assert.True(_table.Find("GET", 200, 1, "/").IsEmpty);
        Assert.True(_table.Find("GET", 200, 1, null).IsEmpty);
    }

    [Fact]
    public void Tags_of_a_request_without_a_route_are_kept_too()
    {
        _table.Keep("GET", 404, 1, null, s_tags);

        Assert.Equal(s_tags, _table.Find("GET", 404, 1, null).ToArray());
    }

    [Fact]
    public void An_entry_is_never_evicted()
    {
        string[] routes = [.. Enumerable.Range(0, 10_000).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        foreach (var route in routes)
        {
            _table.Keep("GET", 200, 1, route, s_tags);
        }

        var kept = routes.Where(route => !_table.Find("GET", 200, 1, route).IsEmpty).ToList();
        Assert.InRange(kept.Count, 1, 256);
        foreach (var route in routes)
        {
            _table.Keep("GET", 200, 1, route, s_tags);
        }

        Assert.Equal(kept, routes.Where(route => !_table.Find("GET", 200, 1, route).IsEmpty));
    }
}
