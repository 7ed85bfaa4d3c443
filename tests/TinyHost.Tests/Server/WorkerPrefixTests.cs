// Owns: which ports a parent process serves, and where its workers serve the monitoring ports.

using System.Net;
using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class WorkerPrefixTests
{
    private static readonly Func<RequestContext, Task> s_app = context => context.Response.WriteTextAsync("app");

    [Fact]
    public void Prefixes_of_a_monitoring_port_become_one_at_a_free_port()
    {
        List<Prefix> prefixes =
        [
            Prefix.Parse("http://+:8080/"),
            Prefix.Parse("http://127.0.0.1:9100/") with { IsMonitoring = true },
            Prefix.Parse("http://[::1]:9100/") with { IsMonitoring = true },
            Prefix.Parse("health=http://unix:/run/health.sock") with { IsMonitoring = true },
            Prefix.Parse("metrics=https://+:0/") with { IsMonitoring = true },
        ];
        WorkerPrefixes.Move(prefixes, IPAddress.IPv6Loopback);
        Assert.Equal(
            ["http://+:8080/", "http://[::1]:0/", "http://[::1]:0/", "https://[::1]:0/"], prefixes.Select(prefix => prefix.ToString()));
        Assert.Equal([null, null, "health", "metrics"], prefixes.Select(prefix => prefix.Name));
        Assert.Equal([null, 9100, 0, 0], prefixes.Select(prefix => prefix.StagePort));
        Assert.All(prefixes, prefix => Assert.Null(prefix.Unix));
    }

    [Fact]
    public void A_proxy_before_the_parents_port_is_not_before_the_workers()
    {
        var options = new PrefixOptions { Url = "http://+:9100/", ProxyProtocol = { "10.0.0.0/8" } };
        List<Prefix> prefixes = [options.Read() with { IsMonitoring = true }];
        WorkerPrefixes.Move(prefixes, IPAddress.Loopback);
        Assert.Null(prefixes[0].Openers);
    }

    [Fact]
    public async Task In_a_worker_stages_know_their_port_by_the_number_of_the_prefix()
    {
        var port = FreePort.Next();
        await using var server = await TestServer.StartAsync(new Monitoring(s_app, port), options =>
        {
            options.Inherited = static () => new InheritedSockets([]) { MonitoringAt = IPAddress.Loopback };
            options.Prefixes.Add("http://127.0.0.1:0/");
        });
        Assert.NotEqual(port, server.EndPoints[1].Port);
        Assert.Equal("app", await GetAsync(server.EndPoints[0]));
        Assert.Equal($"monitoring {port}", await GetAsync(server.EndPoints[1]));
    }

    [Fact]
    public async Task A_parent_listens_everywhere_and_serves_monitoring_alone()
    {
        var port = FreePort.Next();
        IPEndPoint app;
        await using (var server = await TestServer.StartAsync(new Monitoring(s_app, port), options =>
        {
            options.IsForMonitoringAlone = true;
            options.Prefixes.Add($"http://127.0.0.1:{FreePort.Next()}/");
        }))
        {
            app = server.EndPoints[0];
            Assert.Equal($"monitoring {port}", await GetAsync(server.EndPoints[1]));
            using var waiting = new TcpClient();
            await waiting.ConnectAsync(app, TestContext.Current.CancellationToken);
            await waiting.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            // Its accept loop has come past the other socket by then.
            Assert.Equal($"monitoring {port}", await GetAsync(server.EndPoints[1]));
            Assert.Equal(0, waiting.Available);
        }

        using var late = new TcpClient();
        await Assert.ThrowsAnyAsync<SocketException>(() => late.ConnectAsync(app, TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task Probes_of_a_parent_are_about_its_workers()
    {
        var workers = new Workers(HealthResult.Degraded("1 of 2 workers run"));
        var options = new HealthOptions
        {
            Checks = { new HealthCheck("database", _ => throw new InvalidOperationException("It is for the workers.")) },
        };
        await using var server = await TestServer.StartAsync(HealthProbes.Wrap(s_app, options, new OneService(workers)));
        Assert.Equal("Ready.\nworkers: degraded: 1 of 2 workers run\n", await GetAsync(server.EndPoints[0], "/-/ready"));
    }

    private static async Task<string> GetAsync(IPEndPoint endPoint, string path = "/")
    {
        using var http = new HttpClient { Timeout = TestTimeout.Long };
        return await http.GetStringAsync(new Uri($"http://{endPoint}{path}"), TestContext.Current.CancellationToken);
    }

    private sealed class Monitoring(Func<RequestContext, Task> app, int port) : Stage(app)
    {
        protected internal override int? MonitoringPort => port;

        protected override Task InvokeAsync(RequestContext context) => context.Connection.LocalPort == port
            ? context.Response.WriteTextAsync($"monitoring {context.Connection.LocalPort}")
            : app(context);
    }

    private sealed class Workers(HealthResult health) : IWorkerGroup
    {
        IReadOnlyList<WorkerProcess> IWorkerGroup.Workers => [];

        public void Share(string key, IWorkerMemory memory)
        {
        }

        public Task? TryAnswer(RequestContext context) => null;

        public Task<HealthResult> CheckHealthAsync(CancellationToken cancellationToken) => Task.FromResult(health);
    }
}
