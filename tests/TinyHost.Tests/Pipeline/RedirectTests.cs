// Owns: tests of redirects.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RedirectTests
{
    [Theory]
    [InlineData("/login", "/login")]
    [InlineData("https://example.org/a?b#c", "https://example.org/a?b#c")]
    [InlineData("/caf\u00e9 \u20ac", "/caf%C3%A9%20%E2%82%AC")]
    [InlineData("/a%2Fb%", "/a%2Fb%25")]
    [InlineData("/\\evil.example", "/%5Cevil.example")]
    public async Task A_redirect_has_its_location_encoded_and_no_content(string location, string sent)
    {
        Func<RequestContext, Task> app = async context =>
        {
            await context.Response.WriteTextAsync("dropped");
            context.Response.Redirect(location);
        };
        var response = await app.GetAsync("/");
        Assert.Equal((302, sent, "0"), (response.Status, response.Field("Location"), response.Field("Content-Length")));
        Assert.Equal("", response.Content);
        Assert.Null(response.Field("Content-Type"));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task The_status_is_one_of_five(int status)
    {
        Func<RequestContext, Task> app = context =>
        {
            context.Response.Redirect("/", status);
            return Task.CompletedTask;
        };
        Assert.Equal(status, (await app.GetAsync("/")).Status);
    }

    [Theory]
    [InlineData("/", 200)]
    [InlineData("/", 300)]
    [InlineData("/", 304)]
    [InlineData("/", 305)]
    [InlineData("/", 306)]
    [InlineData("/", 309)]
    [InlineData("/", 404)]
    [InlineData("", 302)]
    [InlineData("  ", 302)]
    [InlineData("/a\r\nSet-Cookie: a=b", 302)]
    [InlineData("/a\0", 302)]
    public async Task Another_status_or_location_is_refused_and_changes_nothing(string location, int status)
    {
        Func<RequestContext, Task> app = context =>
        {
            Assert.ThrowsAny<ArgumentException>(() => context.Response.Redirect(location, status));
            return context.Response.WriteTextAsync("ok");
        };
        var response = await app.GetAsync("/");
        Assert.Equal((200, null, "ok"), (response.Status, response.Field("Location"), response.Content));
    }

    [Fact]
    public async Task A_response_that_has_started_is_not_redirected()
    {
        Exception? thrown = null;
        Func<RequestContext, Task> app = async context =>
        {
            context.Response.ContentLength = 1;
            await context.Response.WriteAsync("a"u8.ToArray());
            await context.Response.FlushAsync();
            thrown = Record.Exception(() => context.Response.Redirect("/"));
        };
        Assert.Equal("a", (await app.GetAsync("/")).Content);
        Assert.IsType<InvalidOperationException>(thrown);
    }
}
