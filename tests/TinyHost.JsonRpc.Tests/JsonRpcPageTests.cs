// Owns: tests of the page for trying methods.

using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class JsonRpcPageTests
{
    private static readonly Uri s_page = new("/rpc", UriKind.Relative);

    [Fact]
    public async Task The_page_is_off_by_default()
    {
        await using var server = await StartAsync();
        using var response = await server.Client.GetAsync(s_page, TestContext.Current.CancellationToken);
        Assert.Equal("app /rpc", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_page_admits_nothing_but_its_own_style_and_script()
    {
        await using var server = await StartAsync(("JsonRpc:TryItPage", "true"));
        using var response = await server.Client.GetAsync(s_page, TestContext.Current.CancellationToken);
        Assert.Equal("text/html; charset=utf-8", $"{response.Content.Headers.ContentType}");
        var html = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("connect-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src '{HashOf(html, "script")}';", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src '{HashOf(html, "style")}';", policy, StringComparison.Ordinal);
        // The policy forbids handlers and styles in attributes, and there is nothing to load.
        Assert.DoesNotMatch(""" (on[a-z]+|style|src|href)=""", html);
        Assert.DoesNotContain("{{", html, StringComparison.Ordinal);
        Assert.DoesNotContain("innerHTML", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_calls_methods_at_its_own_address()
    {
        await using var server = await StartAsync(("JsonRpc:TryItPage", "true"));
        Assert.Contains("\"result\":3", await server.CallAsync("add", "[1,2]"), StringComparison.Ordinal);
        Assert.Contains("\"openrpc\"", await server.CallAsync("rpc.discover", "{}"), StringComparison.Ordinal);
        using var response = await server.Client.DeleteAsync(s_page, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "HEAD", "POST"], response.Content.Headers.Allow);
        using var other = await server.Client.GetAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("app /metrics", await other.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_port_of_the_app_has_no_page()
    {
        var handler = new JsonRpcHandler(new JsonRpcOptions { TryItPage = true });
        await using var server = await RpcHttpServer.StartAsync(handler, _ => new Pipeline().UseJsonRpcPage(handler).Run(AnswerPath));
        using var response = await server.Client.GetAsync(s_page, TestContext.Current.CancellationToken);
        Assert.Equal("app /rpc", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Invalid_arguments_are_refused()
    {
        var handler = new JsonRpcHandler();
        Assert.Throws<ArgumentException>(() => new Pipeline().UseJsonRpcPage(handler, path: "rpc").Run(AnswerPath));
        Assert.Throws<ArgumentNullException>(() => new Pipeline().UseJsonRpcPage(null!).Run(AnswerPath));
    }

    private static Task AnswerPath(RequestContext context) => context.Response.WriteTextAsync($"app {context.Request.Path}");

    private static async Task<RpcHttpServer> StartAsync(params (string Key, string Value)[] settings)
    {
        var port = FreePort.Next();
        var handler = new JsonRpcHandler();
        RpcServer.AddMethods(handler);
        return await RpcHttpServer.StartAsync(
            handler, _ => new Pipeline().UseJsonRpcPage(handler).Run(new Monitor(port)), port, settings);
    }

    private static string HashOf(string html, string tag)
    {
        var content = Regex.Match(html, $"<{tag}>(.*?)</{tag}>", RegexOptions.Singleline).Groups[1].Value;
        Assert.NotEmpty(content);
        return "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }

    // As the stage of the metrics, it has a port for monitoring alone.
    private sealed class Monitor(int port) : Stage
    {
        protected override int? MonitoringPort => port;

        protected override Task InvokeAsync(RequestContext context) => AnswerPath(context);
    }
}
