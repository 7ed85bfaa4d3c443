// Owns: tests of the prefixes that a server adds for monitoring ports, and of prefixes that contradict each other or the stages.

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class MonitoringPortTests
{
    private static readonly Func<RequestContext, Task> s_app = context => context.Response.WriteTextAsync("app");

    [Theory]
    [InlineData("127.0.0.1", "")]
    [InlineData("127.0.0.1", "base/path/")]
    [InlineData("localhost", "")]
    [InlineData("+", "")]
    public async Task A_monitoring_port_without_a_prefix_gets_one_with_the_host_of_the_first(string host, string path)
    {
        var port = FreePort.Next();
        var log = new RecordingLogger();
        await using var server = await TestServer.StartAsync(new Monitoring(s_app, port), options =>
        {
            options.LoggerFactory = log;
            options.Prefixes.Add($"http://{host}:0/{path}");
        });
        Assert.Equal("monitoring", await GetAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.Equal("app", await GetAsync(server.EndPoints[0], $"/{path}"));
        Assert.NotEqual(port, server.EndPoints[0].Port);
        Assert.Single(log.Entries, entry => entry.Message
            == $"No prefix listens on port {port}: adding http://{host}:{port}/, the port of Monitoring.");
        Assert.Contains(log.Entries, entry => entry.Message == $"Listening on http://{server.EndPoints[^1]}/");
    }

    [Fact]
    public async Task A_monitoring_port_without_a_prefix_has_no_TLS()
    {
        var port = FreePort.Next();
        var log = new RecordingLogger();
        await using var server = await TlsServer.StartAsync(
            app: new Monitoring(s_app, port), server: options => options.LoggerFactory = log);
        Assert.Equal("monitoring", await GetAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.Contains(log.Entries, entry => entry.Message == $"Listening on https://{server.EndPoints[0]}/");
        Assert.Contains(log.Entries, entry => entry.Message == $"Listening on http://127.0.0.1:{port}/");
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("+")]
    public async Task A_monitoring_port_with_a_prefix_of_its_own_gets_no_other(string host)
    {
        var port = FreePort.Next();
        var log = new RecordingLogger();
        await using var server = await TestServer.StartAsync(new Monitoring(s_app, port), options =>
        {
            options.LoggerFactory = log;
            options.Prefixes.Add("http://127.0.0.1:0/");
            options.Prefixes.Add($"http://{host}:{port}/");
        });
        Assert.Equal(2, server.EndPoints.Count);
        Assert.DoesNotContain(log.Entries, entry => entry.Message.StartsWith("No prefix", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task An_added_port_that_is_in_use_fails_the_start_and_says_whose_it_is()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var app = FreePort.Next();
        await using var server = new HttpServer($"http://127.0.0.1:{app}/", new Monitoring(s_app, port));
        Assert.Equal(
            $"Cannot listen on http://127.0.0.1:{port}/, the port of Monitoring: address in use.", await StartErrorAsync(server));
        Assert.Empty(server.EndPoints);
        taken.Stop();
        await server.StartAsync();
        Assert.Equal("monitoring", await GetAsync(server.EndPoints[1]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65_536)]
    public async Task A_monitoring_port_that_is_no_port_fails_the_start(int port)
    {
        await using var server = new HttpServer("http://127.0.0.1:0/", new Monitoring(s_app, port));
        Assert.Equal($"Cannot start: the port of Monitoring is {port}; it must be from 1 to 65535.", await StartErrorAsync(server));
    }

    [Fact]
    public async Task A_server_without_prefixes_does_not_start_for_monitoring_alone()
    {
        await using var server = new HttpServer("", new Monitoring(s_app, FreePort.Next()));
        Assert.StartsWith("Nothing to listen on: ", await StartErrorAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stage_that_a_lambda_hides_gets_no_prefix()
    {
        var hidden = new Monitoring(s_app, FreePort.Next());
        await using var server = await TestServer.StartAsync(context => hidden.HandleAsync(context));
        Assert.Single(server.EndPoints);
    }

    [Fact]
    public async Task An_added_prefix_has_reserved_connections_and_stays_for_the_next_start()
    {
        var port = FreePort.Next();
        await using var server = await TestServer.StartAsync(new Monitoring(s_app, port), options => options.Limits.MaxConnections = 2);
        using var first = await RawClient.ConnectAsync(server.EndPoints[0]);
        Assert.Equal("app", (await first.GetAsync("/")).Content);
        using var second = await RawClient.ConnectAsync(server.EndPoints[0]);
        Assert.Equal("", await second.ReadToEndAsync());
        Assert.Equal("monitoring", await GetAsync(server.EndPoints[1]));
        await server.StopAsync();
        await server.StartAsync();
        Assert.Equal("monitoring", await GetAsync(server.EndPoints[1]));
    }

    [Fact]
    public async Task An_app_without_a_port_of_its_own_is_reported()
    {
        var port = FreePort.Next();
        var log = new RecordingLogger();
        await using var server = await TestServer.StartAsync(new Monitoring(s_app, port), options =>
        {
            options.LoggerFactory = log;
            options.Prefixes.Add($"http://127.0.0.1:{port}/");
        });
        Assert.Equal(
            $"The app gets no requests: all prefixes are for monitoring: http://127.0.0.1:{port}/ (the port of Monitoring). Give the app "
            + "a prefix with a port of its own.",
            Assert.Single(log.Entries, entry => entry.Level == LogLevel.Warning).Message);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/app/;http://127.0.0.1:{0}/")]
    [InlineData("http://127.0.0.1:{0}/;app=http://+:{0}/app/")]
    public async Task An_app_with_a_base_path_on_the_monitoring_port_fails_the_start(string prefixes)
    {
        var port = FreePort.Next();
        await using var server = new HttpServer(prefixes.Replace("{0}", $"{port}", StringComparison.Ordinal), new Monitoring(s_app, port));
        var error = await StartErrorAsync(server);
        Assert.StartsWith("Cannot start: the prefixes http://127.0.0.1:", error, StringComparison.Ordinal);
        Assert.EndsWith(
            " share the port of Monitoring, where one stage answers every request; give the app a port of its own.", error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_stages_that_answer_every_request_of_a_port_fail_the_start()
    {
        var port = FreePort.Next();
        await using var server = new HttpServer("http://127.0.0.1:0/", new Monitoring(new Monitoring(s_app, port), port));
        Assert.Equal(
            $"Cannot start: two stages of the chain would answer every request on http://127.0.0.1:{port}/, the port of Monitoring; give "
            + "each a port of its own.",
            await StartErrorAsync(server));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8/;http://127.0.0.1:8/", "the prefixes http://127.0.0.1:8/ and http://127.0.0.1:8/ are the same")]
    [InlineData("http://+:8/;http://*:8/", "the prefixes http://+:8/ and http://*:8/ are the same")]
    [InlineData("a=http://[::]:8/;http://+:8/", "the prefixes http://[::]:8/ (a) and http://+:8/ are the same")]
    [InlineData("http://localhost:8/x/;http://LOCALHOST:8/x/", "the prefixes http://localhost:8/x/ and http://localhost:8/x/ are the same")]
    [InlineData("a=http://+:8/;A=http://+:9/", "the prefixes http://+:8/ and http://+:9/ have the same name, 'A'")]
    public async Task Prefixes_given_twice_fail_the_start(string prefixes, string expected)
    {
        await using var server = new HttpServer(prefixes, s_app);
        Assert.StartsWith($"Cannot start: {expected}; ", await StartErrorAsync(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_0_may_be_given_twice()
    {
        await using var server = await TestServer.StartAsync(
            s_app, options => new[] { "http://127.0.0.1:0/", "http://127.0.0.1:0/" }.ToList().ForEach(options.Prefixes.Add));
        Assert.Equal(2, server.EndPoints.Select(endPoint => endPoint.Port).Distinct().Count());
    }

    private static async Task<string> StartErrorAsync(HttpServer server) =>
        (await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync())).Message;

    private static async Task<string> GetAsync(IPEndPoint endPoint, string path = "/")
    {
        var address = endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : endPoint.Address;
        using var client = await RawClient.ConnectAsync(new IPEndPoint(address, endPoint.Port));
        return (await client.GetAsync(path)).Content;
    }

    private sealed class Monitoring(Func<RequestContext, Task> app, int port) : Stage(app)
    {
        protected internal override int? MonitoringPort => port;

        protected override Task InvokeAsync(RequestContext context) =>
            context.Connection.LocalPort == port ? context.Response.WriteTextAsync("monitoring") : app(context);
    }
}
