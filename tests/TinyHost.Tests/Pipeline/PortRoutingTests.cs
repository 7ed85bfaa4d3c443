// Owns: tests of PortRouting.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PortRoutingTests
{
    private static readonly Func<RequestContext, Task> s_app = context => context.Response.WriteTextAsync("app");
    private static readonly Func<RequestContext, Task> s_metrics = context => context.Response.WriteTextAsync("metrics");

    [Fact]
    public async Task Requests_are_diverted_by_local_port_and_not_by_Host()
    {
        int app = FreePort.Next(), metrics = FreePort.Next();
        await using var server = await StartAsync(PortRouting.Wrap(s_app, metrics, s_metrics), app, metrics);
        Assert.Equal("app", await AskAsync(server, app, host: $"localhost:{metrics}", target: "/"));
        Assert.Equal("app", await AskAsync(server, app, host: "x", target: $"http://localhost:{metrics}/"));
        Assert.Equal("metrics", await AskAsync(server, metrics, host: $"localhost:{app}", target: "/"));
    }

    [Fact]
    public async Task A_port_without_a_prefix_fails_the_start_and_is_named()
    {
        int app = FreePort.Next(), metrics = FreePort.Next();
        var chain = new Pipeline().Use(next => context => next(context)).MapPort(metrics, s_metrics).Run(s_app);
        var exception = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync(chain, app));
        Assert.Equal(
            $"A stage of the chain serves port {metrics}, but no prefix listens on it; the prefixes listen on: {app}.", exception.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(65_536)]
    public void An_invalid_port_number_is_refused(int port) =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(port), () => PortRouting.Wrap(s_app, port, s_metrics));

    [Fact]
    public async Task A_single_port_can_require_credentials()
    {
        int app = FreePort.Next(), metrics = FreePort.Next();
        var chain = PortRouting.Wrap(s_app, metrics, Authentication.Wrap(s_metrics, auth => auth.Token("t", "t")));
        await using var server = await StartAsync(chain, app, metrics);
        Assert.Equal("app", await AskAsync(server, app, "x", "/"));
        Assert.Equal("401 Unauthorized: missing credentials\n", await AskAsync(server, metrics, "x", "/"));
    }

    private static Task<HttpServer> StartAsync(Func<RequestContext, Task> app, params int[] ports) =>
        TestServer.StartAsync(app, options => ports.ToList().ForEach(port => options.Prefixes.Add($"http://127.0.0.1:{port}/")));

    private static async Task<string> AskAsync(HttpServer server, int port, string host, string target)
    {
        using var client = await RawClient.ConnectAsync(server.EndPoints.Single(endPoint => endPoint.Port == port));
        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        return (await client.ReadResponseAsync()).Content;
    }
}
