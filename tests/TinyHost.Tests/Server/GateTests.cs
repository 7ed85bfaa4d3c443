using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class GateTests
{
    private static Task Ok(RequestContext context) => context.Response.WriteTextAsync("ok");

    [Fact]
    public async Task A_saturated_application_can_still_be_scraped()
    {
        var (app, metrics) = (TestServer.FreePort(), TestServer.FreePort());
        await using var server = await TestServer.StartAsync(new Monitoring(metrics, Ok).InvokeAsync, options =>
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
    public async Task A_listener_has_its_own_limit()
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
    public void Reserving_more_than_there_is_leaves_the_application_half()
    {
        var listeners = Listener.BindAll([Prefix.Parse("http://127.0.0.1:0/"), Prefix.Parse("http://127.0.0.1:0/")]);
        var gates = Gate.For(listeners, new ServerLimits { MaxConnections = 5, ReservedConnections = 100 }, new HashSet<int> { listeners[1].EndPoint.Port });
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => gates[0].TryEnter(out var _)));
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => gates[1].TryEnter(out var _)));
        Assert.False(gates[0].TryEnter(out var why));
        Assert.Equal("max_connections", why);
        gates[1].Leave();
        gates[1].Leave();
        gates[0].Leave();
        Assert.True(gates[0].TryEnter(out _));
        listeners.ForEach(listener => listener.Dispose());
    }

    [Fact]
    public async Task A_flood_is_counted_and_logged_once_a_second_at_the_most()
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

    private sealed class Monitoring(int port, Func<RequestContext, Task> next) : IStage
    {
        public IEnumerable<Func<RequestContext, Task>> Inner => [next];

        public int? MonitoringPort => port;

        internal Task InvokeAsync(RequestContext context) => next(context);
    }
}
