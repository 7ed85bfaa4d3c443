using System.Diagnostics.Metrics;
using System.Net;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Stage;

[Collection(ServersAlone.Name)]
public sealed class SettingsTests
{
    private const string PortKey = "TinyHost:Metrics:Port";
    private const string DisableGcKey = "TinyHost:Metrics:DisableGc";

    [Fact]
    public async Task The_port_in_the_configuration_goes_before_that_in_the_code()
    {
        int[] ports = MetricsServer.FreePorts(2);
        using var services = Services.WithSettings((PortKey, $"{ports[1]}"), (DisableGcKey, "true"));
        await using var server = await MetricsServer.StartAsync(ports, new Pipeline(services).UseMetrics(port: ports[0]).Run(MetricsServer.Hello), services);
        string text = await server.ScrapeAsync();
        Assert.DoesNotContain("dotnet_gc_", text, StringComparison.Ordinal);
        Assert.Equal("app\n", (await server.SendAsync("GET", ports[0], "/metrics")).Content);
    }

    [Fact]
    public async Task Configuration_can_give_a_single_port_form_its_port()
    {
        int[] ports = MetricsServer.FreePorts(2);
        using var services = Services.WithSettings((PortKey, $"{ports[1]}"));
        await using var server = await MetricsServer.StartAsync(ports, new Pipeline(services).UseMetrics("/stats").Run(MetricsServer.Hello), services);
        Assert.Contains("process_cpu", await server.ScrapeAsync("/stats"), StringComparison.Ordinal);
        Assert.Equal("app\n", (await server.SendAsync("GET", ports[0], "/stats")).Content);
    }

    [Fact]
    public async Task Configuration_can_take_the_garbage_collectors_series_back_in()
    {
        using var services = Services.WithSettings((DisableGcKey, "False"), (PortKey, ""));
        await using var server = await MetricsServer.StartAsync(port => MetricsStage.Wrap(MetricsServer.Hello, port, disableGc: true, services), services);
        Assert.Contains("dotnet_gc_", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PortKey, "abc")]
    [InlineData(PortKey, "0")]
    [InlineData(PortKey, "-1")]
    [InlineData(PortKey, "65536")]
    [InlineData(PortKey, "9100.5")]
    [InlineData(PortKey, "0x10")]
    [InlineData(DisableGcKey, "yes")]
    [InlineData(DisableGcKey, "1")]
    [InlineData("TinyHost:Metrics:Buckets:a", "abc")]
    [InlineData("TinyHost:Metrics:Buckets:a", "NaN")]
    [InlineData("TinyHost:Metrics:CardinalityLimits:a", "0")]
    [InlineData("TinyHost:Metrics:CardinalityLimits:a", "many")]
    public void A_setting_that_cannot_be_read_is_an_error_that_names_key_and_value(string key, string value)
    {
        using var services = Services.WithSettings((key, value));
        var pipeline = new Pipeline(services).UseMetrics();
        var error = Assert.Throws<ServerStartException>(() => pipeline.Run(MetricsServer.Hello));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_sets_buckets_and_limits_of_instruments()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        using var services = Services.WithSettings(
            ("TinyHost:Metrics:Buckets:a.histogram", "0.5, 2"),
            ("TinyHost:Metrics:Buckets:b:0", "7"),
            ("TinyHost:Metrics:CardinalityLimits:c", "1"));
        await using var server = await MetricsServer.StartAsync(options => options.Meters.Add(meter.Name), services: services);
        meter.CreateHistogram<int>("a.histogram").Record(1);
        meter.CreateHistogram<int>("b").Record(1);
        var counter = meter.CreateCounter<int>("c");
        counter.Add(1, new KeyValuePair<string, object?>("i", 1));
        counter.Add(1, new KeyValuePair<string, object?>("i", 2));
        string text = await server.ScrapeAsync();
        Assert.Contains("a_histogram_bucket{le=\"0.5\"} 0\na_histogram_bucket{le=\"2\"} 1\na_histogram_bucket{le=\"+Inf\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nb_bucket{le=\"7\"} 1\nb_bucket{le=\"+Inf\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("c_total{otel_metric_overflow=\"true\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_that_mean_nothing_are_errors()
    {
        Assert.Throws<ArgumentException>(() => MetricsStage.Wrap(MetricsServer.Hello, port: 0));
        Assert.Throws<ArgumentException>(() => MetricsStage.Wrap(MetricsServer.Hello, port: 65_536));
        Assert.Throws<ArgumentException>(() => MetricsStage.Wrap(MetricsServer.Hello, path: "metrics"));
        Assert.Throws<ArgumentException>(() => MetricsStage.Wrap(MetricsServer.Hello, new MetricsOptions { CardinalityLimit = 0 }));
        Assert.Throws<ArgumentException>(() => MetricsStage.Wrap(MetricsServer.Hello, new MetricsOptions { CardinalityLimits = { ["a"] = 0 } }));
        Assert.Throws<ArgumentException>(() => MetricsStage.Wrap(MetricsServer.Hello, new MetricsOptions { MaxScrapesInFlight = 0 }));
        Assert.Throws<ArgumentException>(() => MetricsStage.Wrap(MetricsServer.Hello, new MetricsOptions { CallbackTimeout = TimeSpan.Zero }));
        Assert.Throws<ArgumentException>(() => MetricsStage.Wrap(MetricsServer.Hello, new MetricsOptions { CacheLifetime = TimeSpan.FromSeconds(-1) }));
        Assert.Throws<ArgumentNullException>(() => MetricsStage.Wrap(null!));
    }

    [Fact]
    public async Task A_port_that_no_prefix_listens_on_is_an_error_at_start_by_name()
    {
        int[] ports = MetricsServer.FreePorts(2);
        var options = new ServerOptions();
        options.Prefixes.Add($"http://127.0.0.1:{ports[0]}/");
        await using var server = new HttpServer(options, new Pipeline().UseMetrics(port: ports[1]).Run(MetricsServer.Hello));
        var error = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.Contains($"port {ports[1]}", error.Message, StringComparison.Ordinal);
        Assert.Contains(PortKey, error.Message, StringComparison.Ordinal);
        Assert.Contains($"{ports[0]}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_default_port_is_9100()
    {
        int[] ports = MetricsServer.FreePorts(1);
        var options = new ServerOptions();
        options.Prefixes.Add($"http://127.0.0.1:{ports[0]}/");
        await using var server = new HttpServer(options, MetricsStage.Wrap(MetricsServer.Hello));
        var error = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.Contains("port 9100", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_are_read_once()
    {
        var options = new MetricsOptions();
        await using var server = await MetricsServer.StartAsync(port =>
        {
            options.Port = port;
            var chain = MetricsStage.Wrap(MetricsServer.Hello, options);
            options.Port = 1;
            options.Path = "/other";
            options.Meters.Clear();
            return chain;
        });
        Assert.Contains("dotnet_", await server.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_is_that_of_the_services()
    {
        var log = new RecordingLogger();
        using var services = Services.WithLog(log);
        using var meter = new Meter(TestCollector.NewMeterName());
        meter.CreateObservableGauge("bad", () => meter.Name.Length > 0 ? throw new InvalidOperationException("broken") : 1);
        await using var server = await MetricsServer.StartAsync(
            options =>
            {
                options.ApplicationMeters = false;
                options.Meters.Add(meter.Name);
            },
            services: services);
        await server.ScrapeAsync();
        Assert.Contains(log.Entries, entry => entry.Message.Contains(meter.Name, StringComparison.Ordinal) && entry.Exception?.Message == "broken");
    }
}
