// Owns: the move from prometheus-net that docs/metrics.md describes: the program before and after, compared series by series.

using System.Diagnostics.Metrics;
using Prometheus;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.PrometheusNet.Tests.Peers;

[Collection(AloneInProcess.Name)]
public sealed class MoveTests : IDisposable
{
    private static readonly string[] s_volatile = ["process_", "dotnet_"];

    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();
    private readonly Meter _meter = new("Move.Shop");
    private readonly int _port = FreePort.Next();
    private readonly MetricServer _before;

    public MoveTests()
    {
        DotNetStats.Register(_registry);
        var factory = Prometheus.Metrics.WithCustomRegistry(_registry);
        factory.CreateCounter("moved_orders_total", "Orders taken.", "currency").WithLabels("EUR").Inc(3);
        factory.CreateGauge("moved_carts", "Open carts.").Set(7);
        var inProgress = factory.CreateGauge("moved_in_progress", "Orders in progress.");
        inProgress.Inc(2);
        inProgress.Dec();
        var queue = factory.CreateGauge("moved_queue_length", "Orders waiting.");
        _registry.AddBeforeCollectCallback(() => queue.Set(5));
        factory.CreateHistogram("moved_pay_seconds", "Paying.", new HistogramConfiguration { Buckets = [0.1, 1, 10] }).Observe(0.5);
        var quantiles = new SummaryConfiguration { Objectives = [new QuantileEpsilonPair(0.5, 0.05)] };
        factory.CreateSummary("moved_size_bytes", "Sizes.", quantiles).Observe(100);
        _before = new MetricServer("127.0.0.1", _port, registry: _registry);
        _before.Start();
    }

    public void Dispose()
    {
        _before.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task The_registry_alone_exposes_the_same()
    {
        await using var after = await MetricsServer.StartAsync(port =>
            PrometheusNetMetrics.Wrap(MetricsServer.Hello, port, registry: _registry));
        Assert.Empty(PeerDifference.Between(await ReadAsync(_port), await ReadAsync(after.MetricsPort)));
    }

    [Fact]
    public async Task Behind_the_built_in_families_only_HELP_texts_of_shared_families_differ()
    {
        await using var after = await StartBuiltInAsync(options => options.Exporters.Add(new PrometheusNetExporter(_registry)));
        PeerDifference.AssertExplained(await DifferencesAsync(after), MoveDifferences.Behind);
    }

    [Fact]
    public async Task Recorded_with_meters_and_prometheus_nets_names_only_the_summary_changes()
    {
        await using var after = await StartBuiltInAsync(options => options.PrometheusNetNames = true);
        RecordWithMeters();
        PeerDifference.AssertExplained(await DifferencesAsync(after), MoveDifferences.BuiltIn);
    }

    /// <summary>The left column of the table in docs/metrics.md, in its right column's words.</summary>
    private void RecordWithMeters()
    {
        _meter.CreateCounter<long>("moved.orders", "{order}", "Orders taken.").Add(3, new KeyValuePair<string, object?>("currency", "EUR"));
        _meter.CreateGauge<int>("moved.carts", "{cart}", "Open carts.").Record(7);
        var inProgress = _meter.CreateUpDownCounter<int>("moved.in_progress", "{order}", "Orders in progress.");
        inProgress.Add(2);
        inProgress.Add(-1);
        _meter.CreateObservableGauge("moved.queue.length", () => 5, "{order}", "Orders waiting.");
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1, 10] };
        _meter.CreateHistogram("moved.pay", "s", "Paying.", null, advice).Record(0.5);
        _meter.CreateHistogram<long>("moved.size", "By", "Sizes.").Record(100);
    }

    private static Task<MetricsServer> StartBuiltInAsync(Action<MetricsOptions> configure) => MetricsServer.StartAsync(options =>
    {
        options.ApplicationMeters = false;
        options.Meters.Add("Move.Shop");
        configure(options);
    });

    private async Task<string[]> DifferencesAsync(MetricsServer after) =>
        [.. PeerDifference.Between(await ReadAsync(_port), await ReadAsync(after.MetricsPort))];

    // Values that change from scrape to scrape are not compared.
    private static async Task<Dictionary<string, string>> ReadAsync(int port)
    {
        using var client = new HttpClient();
        var url = new Uri($"http://127.0.0.1:{port}/metrics");
        return PeerExposition.Read(await client.GetStringAsync(url, TestContext.Current.CancellationToken)).ToDictionary(
            fact => fact.Key,
            fact => Array.Exists(s_volatile, prefix => fact.Key.StartsWith(prefix, StringComparison.Ordinal)) ? "" : fact.Value);
    }
}
