using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ConnectionQuotaTests
{
    private static Task Ok(RequestContext context) => context.Response.WriteTextAsync("ok");

    [Fact]
    public async Task A_saturated_application_can_still_be_scraped()
    {
        var (app, metrics) = (FreePort.Next(), FreePort.Next());
        await using var server = await TestServer.StartAsync(new Monitoring(metrics, Ok), options =>
        {
            options.Prefixes.Add($"http://127.0.0.1:{app}/");
            options.Prefixes.Add($"http://127.0.0.1:{metrics}/");
            options.Limits.MaxConnections = 6;
            options.Limits.ReservedConnections = 2;
        });
        var clients = new List<RawClient>();
        for (var i = 0; i < 4; i++)
        {
            clients.Add(await RawClient.ConnectAsync(server.EndPoints[0]));
            Assert.Equal("ok", (await clients[i].GetAsync("/")).Content);
        }

        using var fifth = await RawClient.ConnectAsync(server.EndPoints[0]);
        Assert.Equal("", await fifth.ReadToEndAsync());
        using var scraper = await RawClient.ConnectAsync(server.EndPoints[1]);
        Assert.Equal("ok", (await scraper.GetAsync("/")).Content);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Requests_to_a_monitoring_port_are_not_measured_whichever_stage_answers()
    {
        var (app, metrics) = (FreePort.Next(), FreePort.Next());
        // Like an authentication stage in front of the monitoring stage.
        Func<RequestContext, Task> report = context => context.Response.WriteTextAsync(context.Measured ? "measured" : "not measured");
        await using var server = await TestServer.StartAsync(new Monitoring(metrics, report), options =>
        {
            options.Prefixes.Add($"http://127.0.0.1:{app}/");
            options.Prefixes.Add($"http://127.0.0.1:{metrics}/");
        });
        using var client = await RawClient.ConnectAsync(server.EndPoints[0]);
        using var scraper = await RawClient.ConnectAsync(server.EndPoints[1]);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("measured", (await client.GetAsync("/")).Content);
            Assert.Equal("not measured", (await scraper.GetAsync("/")).Content);
        }
    }

    [Fact]
    public async Task Each_listener_has_its_own_limit()
    {
        await using var server = await TestServer.StartAsync(Ok, options =>
        {
            options.Prefixes.Add("http://127.0.0.1:0/");
            options.Prefixes.Add("http://127.0.0.1:0/");
            options.Limits.MaxConnectionsPerListener = 1;
        });
        using var first = await RawClient.ConnectAsync(server.EndPoints[0]);
        await first.GetAsync("/");
        using var second = await RawClient.ConnectAsync(server.EndPoints[0]);
        Assert.Equal("", await second.ReadToEndAsync());
        using var other = await RawClient.ConnectAsync(server.EndPoints[1]);
        Assert.Equal("ok", (await other.GetAsync("/")).Content);
    }

    [Fact]
    public void Reserving_too_many_connections_leaves_the_application_half()
    {
        var (app, monitoring) = AppAndMonitoring(new ServerLimits { MaxConnections = 3, ReservedConnections = 10 });
        Assert.Null(app.TryEnter(int.MaxValue));
        Assert.Null(app.TryEnter(int.MaxValue));
        Assert.Equal("max_connections", app.TryEnter(int.MaxValue));
        app.Leave();
        Assert.Null(app.TryEnter(int.MaxValue));
        Assert.Null(monitoring.TryEnter(int.MaxValue));
        Assert.NotNull(monitoring.TryEnter(int.MaxValue));
    }

    [Theory]
    [InlineData(10_000, int.MaxValue)]
    [InlineData(null, int.MaxValue)]
    [InlineData(null, 1_000_000_000)]
    [InlineData(10_000, 1_001)]
    public void A_huge_reserve_leaves_the_application_half_of_the_descriptors(int? most, int reserved)
    {
        var log = new RecordingLogger();
        var (app, monitoring) = AppAndMonitoring(
            new ServerLimits { MaxConnections = most, ReservedConnections = reserved }, Descriptors.Reserve + 2_000, log);
        Assert.Equal("too_few_descriptors", app.TryEnter(Descriptors.Reserve + 999));
        Assert.Null(app.TryEnter(Descriptors.Reserve + 1_000));
        Assert.Null(monitoring.TryEnter(Descriptors.Reserve));
        Assert.Equal(
            $"ReservedConnections is {reserved}, but only 1000 are reserved, "
            + "half of the 2000 connections that the limit of open files (ulimit -n) allows.",
            Assert.Single(log.Entries).Message);
    }

    [Fact]
    public void A_reserve_above_half_of_the_connections_is_lowered_with_a_warning()
    {
        var log = new RecordingLogger();
        AppAndMonitoring(new ServerLimits { MaxConnections = 20, ReservedConnections = 11 }, 1_000, log);
        Assert.Equal(
            "ReservedConnections is 11, but only 10 are reserved, half of the 20 connections that MaxConnections allows.",
            Assert.Single(log.Entries).Message);
        AppAndMonitoring(new ServerLimits { MaxConnections = 20, ReservedConnections = 10 }, 1_000, log);
        Assert.Single(log.Entries);
    }

    [Fact]
    public async Task The_application_is_served_despite_a_huge_reserve()
    {
        var (app, metrics) = (FreePort.Next(), FreePort.Next());
        await using var server = await TestServer.StartAsync(new Monitoring(metrics, Ok), options =>
        {
            options.Prefixes.Add($"http://127.0.0.1:{app}/");
            options.Prefixes.Add($"http://127.0.0.1:{metrics}/");
            options.Limits.MaxConnections = null;
            options.Limits.ReservedConnections = int.MaxValue;
        });
        using var client = await RawClient.ConnectAsync(server.EndPoints[0]);
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
    }

    [Fact]
    public void Monitoring_uses_its_reserved_connections_first()
    {
        var (app, monitoring) = AppAndMonitoring(new ServerLimits { MaxConnections = 4, ReservedConnections = 2 });
        Assert.Null(monitoring.TryEnter(int.MaxValue));
        Assert.Null(monitoring.TryEnter(int.MaxValue));
        Assert.Null(app.TryEnter(int.MaxValue));
        Assert.Null(app.TryEnter(int.MaxValue));
        Assert.NotNull(app.TryEnter(int.MaxValue));
        Assert.NotNull(monitoring.TryEnter(int.MaxValue));
        app.Leave();
        Assert.Null(monitoring.TryEnter(int.MaxValue));
        Assert.NotNull(app.TryEnter(int.MaxValue));
    }

    [Fact]
    public void Descriptors_are_reserved_for_the_runtime_and_for_monitoring()
    {
        var (app, monitoring) = AppAndMonitoring(new ServerLimits { ReservedConnections = 10 });
        Assert.Equal("too_few_descriptors", app.TryEnter(Descriptors.Reserve + 9));
        Assert.Null(app.TryEnter(Descriptors.Reserve + 10));
        Assert.NotNull(monitoring.TryEnter(Descriptors.Reserve - 1));
        Assert.Null(monitoring.TryEnter(Descriptors.Reserve));
    }

    [Fact]
    public void Descriptors_left_are_counted_from_the_latest_one_to_the_limit()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is known on Linux only");
        var limit = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var softLimit = int.Parse(limit.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]);
        Assert.Equal(softLimit - 1 - (int)socket.Handle, Descriptors.LeftAfter(socket));
    }

    [Fact]
    public async Task A_flood_is_counted_and_logged_at_most_once_a_second()
    {
        var log = new RecordingLogger();
        using var meters = new MeterRecorder();
        await using var server = await TestServer.StartAsync(Ok, options =>
        {
            options.Limits.MaxConnections = 1;
            options.LoggerFactory = log;
            options.TimeProvider = new ManualTime();
            options.Services = new MeterServices(meters);
        });
        using var first = await server.ConnectAsync();
        await first.GetAsync("/");
        for (var i = 0; i < 10; i++)
        {
            using var turnedAway = await server.ConnectAsync();
            Assert.Equal("", await turnedAway.ReadToEndAsync());
        }

        Assert.Equal(10, meters.Tags("tinyhost.connections.rejected").Count(tags => (string?)tags["reason"] == "max_connections"));
        Assert.Equal(11, meters.Observe("tinyhost.connections.accepted"));
        Assert.Single(log.Entries, entry => entry.Message.Contains("was turned away", StringComparison.Ordinal));
    }

    private sealed class MeterServices(MeterRecorder meters) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(System.Diagnostics.Metrics.IMeterFactory) ? meters : null;
    }

    private static (ConnectionQuota App, ConnectionQuota Monitoring) AppAndMonitoring(
        ServerLimits limits, int descriptorsLeft = int.MaxValue, RecordingLogger? log = null)
    {
        var quotas = new ConnectionQuotas(limits, descriptorsLeft, log ?? new RecordingLogger());
        var (app, monitoring) = (quotas.Add(1), quotas.Add(2));
        quotas.Reserve(new Monitoring(2, Ok));
        return (app, monitoring);
    }

    private sealed class Monitoring(int port, Func<RequestContext, Task> next) : Stage(next)
    {
        protected internal override int? MonitoringPort => port;

        protected override Task InvokeAsync(RequestContext context) => next(context);
    }
}
