// Owns: tests of the notifications to stages: start, stop, failed start; exceptions in stages; cleanup after a failed start.

using System.Diagnostics.Metrics;
using System.Net;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class StageLifeTests
{
    private static Task Ok(RequestContext context) => context.Response.WriteTextAsync("ok");

    [Fact]
    public async Task A_stage_that_throws_while_stopping_does_not_prevent_stopping_the_others()
    {
        var log = new RecordingLogger();
        var (first, second, third) = Nest();
        second.Throws = "Stopped";
        var server = await TestServer.StartAsync(first, options => options.LoggerFactory = log);
        await server.StopAsync();
        await server.StartAsync();
        await server.DisposeAsync();
        Assert.All([first, second, third], stage => Assert.Equal(["Starting", "Stopped", "Starting", "Stopped"], stage.Calls));
        const string report = "Stopping stage TinyHost.Tests.StageLifeTests+Probe failed";
        Assert.Single(log.Entries, entry => entry.Message.Contains(report, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Starting")]
    [InlineData("MonitoringPort")]
    public async Task A_stage_that_throws_before_the_start_fails_the_start_cleanly(string where)
    {
        var port = FreePort.Next();
        var time = new ManualTime();
        var (first, second, third) = Nest();
        second.Throws = where;
        var options = new ServerOptions { TimeProvider = time, Prefixes = { $"http://127.0.0.1:{port}/" } };
        await using var server = new HttpServer(options, first);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("No.", (await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync())).Message);
            AssertFree(port);
            Assert.Equal(0, time.TimerCount);
        }

        Assert.Equal(where == "Starting" ? ["Starting", "Stopped", "Starting", "Stopped"] : ["NotStarted", "NotStarted"], first.Calls);
        Assert.Equal(
            where == "Starting" ? ["Starting", "NotStarted", "Starting", "NotStarted"] : ["NotStarted", "NotStarted"], second.Calls);
        Assert.Equal(["NotStarted", "NotStarted"], third.Calls);
        second.Throws = null;
        await server.StartAsync();
        using var client = await server.ConnectAsync();
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://192.0.2.1:8080/")]
    public async Task Stages_are_notified_of_a_start_that_fails_before_it_reaches_them(string prefix)
    {
        var stage = new Probe(Ok) { Throws = "NotStarted" };
        await using var server = new HttpServer(new ServerOptions { Prefixes = { prefix } }, stage);
        await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.Equal(["NotStarted"], stage.Calls);
        await server.DisposeAsync();
        Assert.Equal(["NotStarted"], stage.Calls);
    }

    [Fact]
    public async Task Stages_of_a_server_that_never_started_are_notified_of_its_disposal()
    {
        var stage = new Probe(Ok);
        var server = new HttpServer(new ServerOptions(), stage);
        await server.DisposeAsync();
        await server.DisposeAsync();
        Assert.Equal(["NotStarted"], stage.Calls);
    }

    [Fact]
    public void Stages_of_a_chain_that_cannot_be_folded_are_notified()
    {
        var (inner, outer) = (new Probe(Ok), new Probe(Ok));
        var pipeline = new Pipeline()
            .Use(_ => outer)
            .Use(_ => throw new InvalidOperationException("No."))
            .Use(_ => inner);
        Assert.Throws<InvalidOperationException>(() => pipeline.Run(Ok));
        Assert.Equal(["NotStarted"], inner.Calls);
        Assert.Empty(outer.Calls);
    }

    [Fact]
    public async Task A_failed_start_leaves_no_meter()
    {
        // Other tests create meters at the same time: count only meters created in this async context.
        var isThisStart = new AsyncLocal<bool> { Value = true };
        var created = new List<Meter>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (isThisStart.Value)
            {
                created.Add(instrument.Meter);
            }
        };
        listener.Start();
        created.Clear();
        await using var server = new HttpServer(new ServerOptions { Prefixes = { "nonsense" } }, Ok);
        await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.NotEmpty(created);
        Assert.DoesNotContain(created[0], OwnMeters());
    }

    [Fact]
    public async Task A_disposed_server_can_be_collected_although_its_hosts_meter_factory_lives_on()
    {
        using var factory = new PlainMeterFactory();
        var apps = new List<WeakReference>();
        for (var i = 0; i < 3; i++)
        {
            apps.Add(await RunOnceAsync(factory));
        }

        await Until.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return apps.TrueForAll(app => !app.IsAlive);
        });
        Assert.Equal(8, Published(factory));
    }

    [Fact]
    public async Task Servers_of_a_host_share_its_instruments()
    {
        using var recorder = new MeterRecorder();
        using var factory = new Shared(recorder);
        await using var first = await TestServer.StartAsync(Ok, options => options.Services = new OneService(factory));
        await using var second = await TestServer.StartAsync(Ok, options => options.Services = new OneService(factory));
        using var one = await first.ConnectAsync();
        using var two = await second.ConnectAsync();
        await one.GetAsync("/");
        await two.GetAsync("/");
        Assert.Equal(2, recorder.Observe("tinyhost.connections.active"));
        Assert.Equal(2, recorder.Observe("tinyhost.connections.accepted"));
        await second.DisposeAsync();
        Assert.Equal(1, recorder.Observe("tinyhost.connections.active"));
        Assert.Equal(2, recorder.Observe("tinyhost.connections.accepted"));
    }

    [Fact]
    public async Task The_first_request_sees_its_own_connection_counted()
    {
        using var recorder = new MeterRecorder();
        var active = new TaskCompletionSource<double>();
        await using var server = await TestServer.StartAsync(
            context =>
            {
                active.TrySetResult(recorder.Observe("tinyhost.connections.active"));
                return Ok(context);
            },
            options => options.Services = new OneService(recorder));
        using var client = await server.ConnectAsync();
        await client.GetAsync("/");
        Assert.Equal(1, await active.Task);
    }

    private static async Task<WeakReference> RunOnceAsync(IMeterFactory factory)
    {
        var memory = new byte[100_000];
        Func<RequestContext, Task> app = context =>
        {
            memory[0] = 1;
            return Ok(context);
        };
        var server = await TestServer.StartAsync(app, options =>
        {
            options.Services = new OneService(factory);
            options.LoggerFactory = new RecordingLogger();
        });
        using (var client = await server.ConnectAsync())
        {
            await client.GetAsync("/", "Connection: close\r\n");
            await client.ReadToEndAsync();
        }

        await server.DisposeAsync();
        return new WeakReference(memory);
    }

    private static int Published(IMeterFactory factory)
    {
        var count = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) => count += instrument.Meter.Scope == factory ? 1 : 0;
        listener.Start();
        return count;
    }

    private static HashSet<Meter> OwnMeters()
    {
        var meters = new HashSet<Meter>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter is { Name: "TinyHost", Scope: null })
            {
                meters.Add(instrument.Meter);
            }
        };
        listener.Start();
        return meters;
    }

    private static void AssertFree(int port)
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, port);
        probe.Start();
    }

    // Three nested stages.
    private static (Probe First, Probe Second, Probe Third) Nest()
    {
        var third = new Probe(Ok);
        var second = new Probe(third);
        return (new Probe(second), second, third);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stage_gets_the_services_of_its_server(bool isSeen)
    {
        var services = new OneService(new object());
        var stage = new ServiceProbe();
        await using var server = await TestServer.StartAsync(
            isSeen ? stage : context => stage.HandleAsync(context), options => options.Services = services);
        using var client = new HttpClient();
        Assert.Equal("ok", await client.GetStringAsync(new Uri($"http://{server.EndPoints[0]}/")));
        Assert.Equal([services], stage.Services);
    }

    private sealed class ServiceProbe : Stage
    {
        internal List<IServiceProvider?> Services { get; } = [];

        protected internal override void Starting(IReadOnlyList<IPEndPoint> endPoints, IServiceProvider? services) =>
            Services.Add(services);

        protected override Task InvokeAsync(RequestContext context) => Ok(context);
    }

    private sealed class Probe(Func<RequestContext, Task> next) : Stage(next)
    {
        internal string? Throws { get; set; }

        internal List<string> Calls { get; } = [];

        protected internal override int? MonitoringPort =>
            Throws == nameof(MonitoringPort) ? throw new InvalidOperationException("No.") : null;

        protected internal override void Starting(IReadOnlyList<IPEndPoint> endPoints) => Called(nameof(Starting));

        protected internal override void Stopped() => Called(nameof(Stopped));

        protected internal override void NotStarted() => Called(nameof(NotStarted));

        protected override Task InvokeAsync(RequestContext context) => next(context);

        private void Called(string what)
        {
            Calls.Add(what);
            if (Throws == what)
            {
                throw new InvalidOperationException("No.");
            }
        }
    }

    /// <summary>Returns the recorder's meter to every caller.</summary>
    private sealed class Shared(MeterRecorder recorder) : IMeterFactory
    {
        private Meter? _meter;

        public Meter Create(MeterOptions options) => _meter ??= recorder.Create(options);

        public void Dispose()
        {
        }
    }
}
