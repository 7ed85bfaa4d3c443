using System.Diagnostics.Metrics;
using System.Net;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed class LifeTests
{
    [Fact]
    public async Task Measurements_count_from_the_start_of_the_server()
    {
        using var meter = new Meter($"Test.{Guid.NewGuid():N}");
        var counter = meter.CreateCounter<int>(meter.Name);
        await using var server = await MetricsServer.StartAsync(port =>
        {
            var chain = PrometheusMetrics.Wrap(MetricsServer.Hello, port);
            counter.Add(5);
            return chain;
        });
        counter.Add(3);
        Assert.Contains($"{meter.Name.Replace('.', '_')}_total 3\n", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listening_ends_when_the_server_stops_and_resumes_when_it_starts_again()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>(meter.Name);
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.ApplicationMeters = false;
            options.Meters.Add(meter.Name);
        });
        Assert.True(counter.Enabled);
        await server.Server.StopAsync();
        Assert.False(counter.Enabled);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.ScrapeAsync());

        await server.Server.StartAsync();
        Assert.True(counter.Enabled);
        counter.Add(3);
        Assert.Contains($"{meter.Name.Replace('.', '_')}_total 3\n", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stage_behind_a_lambda_listens_until_its_server_stops_and_again_after_a_restart()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>(meter.Name);
        await using var server = await MetricsServer.StartAsync(port =>
        {
            var metrics = new MetricsOptions { Port = port, ApplicationMeters = false };
            metrics.Meters.Add(meter.Name);
            var chain = PrometheusMetrics.Wrap(MetricsServer.Hello, metrics);
            return context => chain(context);
        });
        for (var i = 0; i < 2; i++)
        {
            await server.SendAsync("GET", server.AppPort, "/");
            Assert.True(counter.Enabled);
            counter.Add(3);
            Assert.Contains($"{meter.Name.Replace('.', '_')}_total 3\n", await server.ScrapeAsync(), StringComparison.Ordinal);
            await server.Server.StopAsync();
            Assert.False(counter.Enabled);
            await server.Server.StartAsync();
        }
    }

    [Fact]
    public async Task A_stage_behind_a_lambda_refuses_requests_when_no_prefix_listens_on_its_port()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>("a");
        var metrics = new MetricsOptions { Port = FreePort.Next() };
        metrics.Meters.Add(meter.Name);
        var chain = PrometheusMetrics.Wrap(MetricsServer.Hello, metrics);
        await using var server = await MetricsServer.StartAsync(_ => context => chain(context));
        for (var i = 0; i < 2; i++)
        {
            var (status, _, _) = await server.SendAsync("GET", server.AppPort, "/");
            Assert.Equal(HttpStatusCode.InternalServerError, status);
            Assert.False(counter.Enabled);
        }
    }

    [Fact]
    public async Task A_stage_that_prevents_the_start_does_not_listen()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>("a");
        var metrics = Only(meter, port: null);
        metrics.Prefix = "missing";
        await using var server = new HttpServer("http://127.0.0.1:0/", PrometheusMetrics.Wrap(MetricsServer.Hello, metrics));
        await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.False(counter.Enabled);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://192.0.2.1:8080/")]
    [InlineData(null)]
    public async Task A_stage_whose_server_does_not_start_does_not_listen(string? prefix)
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>("a");
        var options = new ServerOptions();
        var server = new HttpServer(options, PrometheusMetrics.Wrap(MetricsServer.Hello, Only(meter, port: null)));
        Assert.False(counter.Enabled);
        if (prefix is not null)
        {
            options.Prefixes.Add(prefix);
            await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
            Assert.False(counter.Enabled);
        }

        await server.DisposeAsync();
        Assert.False(counter.Enabled);
    }

    [Fact]
    public async Task A_stage_that_has_started_is_released_when_another_one_prevents_the_start()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>("a");
        var metrics = Only(meter, port: null);
        metrics.Prefix = "missing";
        var refusing = PrometheusMetrics.Wrap(MetricsServer.Hello, metrics);
        await using var server = new HttpServer("http://127.0.0.1:0/", PrometheusMetrics.Wrap(refusing, Only(meter, port: null)));
        await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.False(counter.Enabled);
    }

    [Fact]
    public async Task A_stage_listens_if_the_start_succeeds_after_a_failure()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>("a");
        var port = FreePort.Next();
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, port);
        taken.Start();
        var options = new ServerOptions();
        options.Prefixes.Add($"http://127.0.0.1:{port}/");
        await using var server = new HttpServer(options, PrometheusMetrics.Wrap(MetricsServer.Hello, Only(meter, port)));
        await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.False(counter.Enabled);
        taken.Stop();
        await server.StartAsync();
        Assert.True(counter.Enabled);
    }

    [Fact]
    public async Task An_exporter_that_fails_the_start_leaves_no_listener()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>("a");
        var metrics = Only(meter, port: null);
        metrics.Exporters.Add(new UndecidedExporter());
        var options = new ServerOptions();
        options.Prefixes.Add($"http://127.0.0.1:{FreePort.Next()}/");
        await using var server = new HttpServer(options, PrometheusMetrics.Wrap(MetricsServer.Hello, metrics));
        await Assert.ThrowsAnyAsync<Exception>(() => server.StartAsync());
        Assert.False(counter.Enabled);
    }

    [Fact]
    public void A_stage_whose_chain_cannot_be_folded_does_not_listen()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>("a");
        var pipeline = new Pipeline().Use(_ => throw new InvalidOperationException("No.")).UseMetrics(Only(meter, port: null));
        Assert.Throws<InvalidOperationException>(() => pipeline.Run(MetricsServer.Hello));
        Assert.False(counter.Enabled);
    }

    [Theory]
    [InlineData("wrapped")]
    [InlineData("built")]
    [InlineData("refused")]
    [InlineData("stopped")]
    public async Task A_stage_whose_server_does_not_run_costs_nothing_and_is_freed(string end)
    {
        // The services end the meters of the servers, which nobody disposes: other tests would scrape them.
        using var services = Services.WithMeters();
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>("a");
        WeakReference[] left = [.. await LeaveAsync(services, meter, end, 30)];
        Assert.False(counter.Enabled);
        for (var i = 0; i < 10 && Array.Exists(left, one => one.IsAlive); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.All(left, one => Assert.False(one.IsAlive));
    }

    // Not inlined: no local of the caller refers to a stage.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> LeaveAsync(
        IServiceProvider services, Meter meter, string end, int count)
    {
        List<WeakReference> left = [];
        for (var i = 0; i <= count; i++)
        {
            var exporter = new StandInExporter("# TYPE e gauge\ne 1\n");
            if (i < count)
            {
                // The thread that ran this may still refer to the last server.
                left.Add(new WeakReference(exporter));
            }

            var port = FreePort.Next();
            var metrics = Only(meter, port: null);
            metrics.Prefix = end == "refused" ? "missing" : null;
            metrics.Exporters.Add(exporter);
            var chain = PrometheusMetrics.Wrap(MetricsServer.Hello, metrics);
            if (end == "wrapped")
            {
                continue;
            }

            var options = new ServerOptions { Services = services };
            options.Prefixes.Add($"http://127.0.0.1:{port}/");
            var server = new HttpServer(options, chain);
            if (end == "refused")
            {
                await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
            }
            else if (end == "stopped")
            {
                await server.StartAsync();
                await server.StopAsync();
            }
        }

        return left;
    }

    private static MetricsOptions Only(Meter meter, int? port)
    {
        var metrics = new MetricsOptions { Port = port, Path = port is null ? "/metrics" : null, ApplicationMeters = false };
        metrics.Meters.Add(meter.Name);
        return metrics;
    }

    private sealed class UndecidedExporter : IMetricsExporter
    {
        public string Name => "undecided";

        public bool WritesOpenMetrics => throw new NotSupportedException("No.");

        public Task WriteAsync(Stream output, ExporterFormat format, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    [Fact]
    public async Task Exceptions_in_other_listeners_do_not_affect_scrapes()
    {
        using var hostile = new MeterListener();
        hostile.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name is "TinyHost" or "TinyHost.Metrics")
            {
                listener.EnableMeasurementEvents(instrument);
                throw new InvalidOperationException("No.");
            }
        };
        hostile.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException("No."));
        hostile.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("No."));
        Assert.Throws<InvalidOperationException>(() =>
        {
            using var meter = new Meter("TinyHost");
            hostile.Start();
            meter.CreateCounter<int>("a");
        });
        var server = await MetricsServer.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.Contains("process_cpu", await server.ScrapeAsync(), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", server.AppPort, "/")).Status);
        }

        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_stage_behind_other_stages_is_notified_of_the_start()
    {
        var chain = new Pipeline()
            .Use(next => context => next(context))
            .UseMetrics(prefix: "missing")
            .Use(next => context => next(context))
            .Run(MetricsServer.Hello);
        await using var server = new HttpServer("http://127.0.0.1:0/", chain);
        await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
    }

    [Fact]
    public async Task Two_servers_may_share_a_chain()
    {
        var chain = PrometheusMetrics.Wrap(MetricsServer.Hello, "/metrics");
        await using var first = await MetricsServer.StartAsync(_ => chain);
        await using var second = await MetricsServer.StartAsync(_ => chain);
        await first.Server.StopAsync();
        Assert.Contains("process_cpu", await second.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrapped_app_is_a_function_that_can_be_wrapped_again()
    {
        var port = FreePort.Next();
        Func<RequestContext, Task> app = MetricsServer.Hello;
        app = PrometheusMetrics.Wrap(app, path: "/inner");
        app = PrometheusMetrics.Wrap(app, path: "/outer");
        var options = new ServerOptions();
        options.Prefixes.Add($"http://127.0.0.1:{port}/");
        await using var server = new HttpServer(options, app);
        await server.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Assert.Contains("process_cpu", await client.GetStringAsync("/inner"), StringComparison.Ordinal);
        Assert.Contains("process_cpu", await client.GetStringAsync("/outer"), StringComparison.Ordinal);
        Assert.Equal("app\n", await client.GetStringAsync("/"));
    }
}
