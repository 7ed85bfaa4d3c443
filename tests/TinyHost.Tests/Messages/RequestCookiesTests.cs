// Owns: tests of Request.Cookies.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RequestCookiesTests
{
    [Theory]
    [InlineData("", "Accept: */*")]
    [InlineData("", "Cookie:")]
    [InlineData("a=1", "Cookie: a=1")]
    [InlineData("a=1|b=2", "Cookie: a=1; b=2")]
    [InlineData("a=1|b=2", "cookie: a=1", "COOKIE: b=2")]
    [InlineData("a=1|b=2", "Cookie:  a = 1 ;b=2;;\t; ")]
    [InlineData("a=1|a=2|A=3", "Cookie: a=1; a=2; A=3")]
    [InlineData("a=b=c==", "Cookie: a=b=c==")]
    [InlineData("a=", "Cookie: a=")]
    [InlineData("c=1", "Cookie: b; =x; = ; c=1")]
    [InlineData("a=\"x y\"|b=\"|c=\"d", "Cookie: a=\"x y\"; b=\"; c=\"d")]
    [InlineData("a=\"x|b=1\"", "Cookie: a=\"x;b=1\"")]
    [InlineData("a=1,b=2", "Cookie: a=1,b=2")]
    [InlineData("a=%3B+%zz", "Cookie: a=%3B+%zz")]
    [InlineData("__Host-a=ü|b=\uFFFD", "Cookie: __Host-a=\u00C3\u00BC; b=\u00FF")]
    [InlineData("$Version=1|a=1", "Cookie: $Version=1; a=1")]
    public async Task Cookies_are_read_as_received(string expected, params string[] lines)
    {
        NameValues? cookies = null;
        var sent = await MemoryServer.ExchangeAsync($"GET / HTTP/1.1\r\nHost: h\r\n{string.Join("\r\n", lines)}\r\n\r\n", context =>
        {
            cookies = context.Request.Cookies;
            return Task.CompletedTask;
        });
        Assert.StartsWith("HTTP/1.1 200 ", sent, StringComparison.Ordinal);
        Assert.Equal(expected, string.Join('|', cookies!.Select(pair => $"{pair.Key}={pair.Value}")));
    }

    [Fact]
    public async Task The_first_of_repeated_cookies_wins()
    {
        Func<RequestContext, Task> app = context =>
            context.Response.WriteTextAsync(
                $"{context.Request.Cookies["id"]} {string.Join(',', context.Request.Cookies.GetAll("id"))}");
        Assert.Equal("1 1,2,3", (await app.GetAsync("/", "Cookie: id=1; id=2", "Cookie: id=3")).Content);
    }

    [Fact]
    public async Task Thousands_of_cookies_are_read()
    {
        Func<RequestContext, Task> app = context => context.Response.WriteTextAsync($"{context.Request.Cookies.Count}");
        Assert.Equal("7000", (await app.GetAsync("/", "Cookie: " + string.Concat(Enumerable.Repeat("a=1;", 7_000)))).Content);
    }

    [Fact]
    public async Task A_malformed_cookie_is_answered_with_400_and_its_name()
    {
        Func<RequestContext, Task> app = context => context.Response.WriteTextAsync($"{context.Request.Cookies.Get("visits", 0)}");
        Assert.Equal("7", (await app.GetAsync("/", "Cookie: visits=7")).Content);
        Assert.Equal(
            "400 Bad Request: invalid parameter: cookie 'visits' is not a valid Int32\n",
            (await app.GetAsync("/", "Cookie: visits=many")).Content);
    }
}
