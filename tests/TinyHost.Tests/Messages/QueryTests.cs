// Owns: tests of Request.Query and of NameValues.

using System.Globalization;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class QueryTests
{
    private static async Task<NameValues> ReadAsync(string target)
    {
        NameValues? query = null;
        Func<RequestContext, Task> app = context =>
        {
            query = context.Request.Query;
            Assert.Same(query, context.Request.Query);
            return Task.CompletedTask;
        };
        Assert.Equal(200, (await app.GetAsync(target)).Status);
        return query!;
    }

    [Theory]
    [InlineData("/", "")]
    [InlineData("/?", "")]
    [InlineData("/?&&", "")]
    [InlineData("/?q=a+b%20c", "q=a b c")]
    [InlineData("/?a=1&b=2&a=3", "a=1|b=2|a=3")]
    [InlineData("/?a", "a=")]
    [InlineData("/?a=", "a=")]
    [InlineData("/?=", "=")]
    [InlineData("/?=b&", "=b")]
    [InlineData("/?a=b=c&d==", "a=b=c|d==")]
    [InlineData("/?a%3Db=c%26d%2Be", "a=b=c&d+e")]
    [InlineData("/?a=%&b=%4&c=%zz&d=100%&%=e", "a=%|b=%4|c=%zz|d=100%|%=e")]
    [InlineData("/?a=%2541&b=%%41", "a=%41|b=%A")]
    [InlineData("/?%C3%BC=%e2%82%AC", "ü=€")]
    [InlineData("/?a=%C3&b=%FF%41&c=%ED%A0%80", "a=\uFFFD|b=\uFFFDA|c=\uFFFD\uFFFD\uFFFD")]
    [InlineData("/?a=%00&b=%0D%0A", "a=\0|b=\r\n")]
    [InlineData("/?a=[]{}|^`\\\"", "a=[]{}|^`\\\"")]
    [InlineData("/?a=%EF%BB%BFb", "a=\uFEFFb")]
    [InlineData("/?a;b=c?d", "a;b=c?d")]
    [InlineData("http://other?a=b", "a=b")]
    public async Task A_query_is_decoded(string target, string expected)
    {
        var query = await ReadAsync(target);
        Assert.Equal(expected, string.Join('|', query.Select(pair => $"{pair.Key}={pair.Value}")));
    }

    [Fact]
    public async Task Names_may_repeat_and_are_compared_with_case()
    {
        var query = await ReadAsync("/?tag=a&Tag=b&tag=&tag=c");
        Assert.Equal("a", query["tag"]);
        Assert.Equal(["a", "", "c"], query.GetAll("tag"));
        Assert.True(query.Contains("Tag"));
        Assert.Null(query["TAG"]);
        Assert.False(query.Contains("TAG"));
        Assert.Empty(query.GetAll("TAG"));
        Assert.Throws<ArgumentNullException>("name", () => query[null!]);
        Assert.Throws<ArgumentNullException>("name", () => query.GetAll(null!));
    }

    [Fact]
    public async Task A_query_of_4_000_parameters_is_read()
    {
        var query = await ReadAsync("/?" + string.Join('&', Enumerable.Repeat("a", 4_000)));
        Assert.Equal((4_000, 4_000), (query.Count, query.GetAll("a").Count));
    }

    [Fact]
    public async Task A_long_value_is_decoded()
    {
        var query = await ReadAsync("/?a=" + string.Concat(Enumerable.Repeat("%41+", 1_000)));
        Assert.Equal(string.Concat(Enumerable.Repeat("A ", 1_000)), query["a"]);
    }

    [Fact]
    public async Task Values_are_read_as_types_with_the_invariant_culture()
    {
        var query = await ReadAsync("/?page=3&price=1.5&when=2026-11-26&id=0f8fad5b-d9cb-469f-a165-70867728950e&on=true&q=x");
        Assert.Equal(3, query.Get("page", 1));
        Assert.Equal(3, query.Get<int>("page"));
        Assert.Equal(1.5m, query.Get("price", 0m));
        Assert.Equal(new DateOnly(2026, 11, 26), query.Get<DateOnly>("when"));
        Assert.Equal(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), query.Get<Guid>("id"));
        Assert.True(query.Get("on", false));
        Assert.Equal("x", query.Get("q", ""));
        Assert.Equal(1, query.Get("absent", 1));
        Assert.Null(query.Get<string>("absent", null));
    }

    [Theory]
    [InlineData("/?page=x", "is not a valid Int32")]
    [InlineData("/?page=", "is not a valid Int32")]
    [InlineData("/?page", "is not a valid Int32")]
    [InlineData("/?page=1.5", "is not a valid Int32")]
    [InlineData("/?page=99999999999", "is not a valid Int32")]
    [InlineData("/?page=x&page=1", "is not a valid Int32")]
    [InlineData("/?page=1%00", "is not a valid Int32")]
    [InlineData("/?other=1", "is missing")]
    public async Task A_malformed_value_is_answered_with_400_and_the_name(string target, string fault)
    {
        Func<RequestContext, Task> app = context =>
            context.Response.WriteTextAsync(context.Request.Query.Get<int>("page").ToString(CultureInfo.InvariantCulture));
        var response = await app.GetAsync(target);
        var expected = $"400 Bad Request: invalid parameter: query parameter 'page' {fault}\n";
        Assert.Equal((400, expected), (response.Status, response.Content));
        Assert.Null(response.Field("Connection"));
    }

    [Fact]
    public async Task The_error_stage_names_the_parameter_but_not_its_value()
    {
        var app = ErrorHandling.Wrap(
            context => context.Response.WriteTextAsync($"{context.Request.Query.Get("größe", 1)}"),
            new RecordingLogger(),
            ErrorAnswers.Problem);
        var response = await app.GetAsync("/?gr%C3%B6%C3%9Fe=secret");
        Assert.Equal(400, response.Status);
        Assert.Contains("query parameter", response.Content, StringComparison.Ordinal);
        Assert.Contains("is not a valid Int32", response.Content, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", response.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_raw_query_stays_as_received() => Assert.EndsWith(
        "a=%zz+b&&c%00",
        await MemoryServer.ExchangeAsync(
            "GET /?a=%zz+b&&c%00 HTTP/1.1\r\nHost: h\r\n\r\n", context => context.Response.WriteTextAsync(context.Request.RawQuery)),
        StringComparison.Ordinal);

    [Fact]
    public async Task Requests_on_one_connection_have_queries_and_cookies_of_their_own()
    {
        const string Close = "Connection: close\r\n";
        static string Get(string query, string fields) => $"GET /?{query} HTTP/1.1\r\nHost: h\r\n{fields}\r\n";
        var sent = await MemoryServer.ExchangeAsync(
            Get("a=1", "Cookie: c=1\r\n") + Get("a=2", "Cookie: c=2\r\n") + Get("", Close),
            context => context.Response.WriteTextAsync($"[{context.Request.Query["a"]}{context.Request.Cookies["c"]}]"));
        Assert.Contains("[11]", sent, StringComparison.Ordinal);
        Assert.Contains("[22]", sent, StringComparison.Ordinal);
        Assert.EndsWith("[]", sent, StringComparison.Ordinal);
    }
}
