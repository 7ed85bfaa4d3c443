// Owns: the comparison of TinyHost's exposition with those of prometheus-net and OpenTelemetry, series by series.

using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Prometheus;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.PrometheusNet.Tests.Peers;

[Collection(AloneInProcess.Name)]
public sealed class PeerTests
{
    private const string Text = "text/plain;version=0.0.4";
    private const string OpenMetrics = "application/openmetrics-text;version=1.0.0";

    [Fact]
    public async Task Every_difference_from_prometheus_nets_exposition_is_explained()
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        using var adapter = MeterAdapter.StartListening(new MeterAdapterOptions
        {
            Registry = registry,
            MetricFactory = Prometheus.Metrics.WithCustomRegistry(registry),
            InstrumentFilterPredicate = instrument => instrument.Meter.Name == PeerInstruments.MeterName,
        });
        var port = FreePort.Next();
        using var server = new MetricServer("127.0.0.1", port, registry: registry);
        server.Start();

        var differences = await CompareAsync(PeerDifferences.PrometheusNetNames, ScrapeAsync);

        PeerDifference.AssertExplained(differences, PeerDifferences.PrometheusNet);

        // MetricServer itself answers text only.
        async Task<string> ScrapeAsync(string format)
        {
            if (format == Text)
            {
                return await GetAsync(port, format);
            }

            using var openMetrics = new MemoryStream();
            await registry.CollectAndExportAsTextAsync(
                openMetrics, ExpositionFormat.OpenMetricsText, TestContext.Current.CancellationToken);
            return Encoding.UTF8.GetString(openMetrics.ToArray());
        }
    }

    [Fact]
    public async Task Every_difference_from_OpenTelemetrys_exposition_is_explained()
    {
        var port = FreePort.Next();
        using var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(PeerInstruments.MeterName)
            .SetExemplarFilter(ExemplarFilterType.TraceBased)
            .AddPrometheusHttpListener(options => (options.Host, options.Port) = ("127.0.0.1", port))
            .Build();

        var differences = await CompareAsync(PeerDifferences.OpenTelemetryNames, format => GetAsync(port, format));

        PeerDifference.AssertExplained(differences, PeerDifferences.OpenTelemetry);
    }

    /// <summary>Records everything, and returns the differences of both formats.</summary>
    private static async Task<SortedSet<string>> CompareAsync(PeerRename[] renames, Func<string, Task<string>> scrapePeer)
    {
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.ApplicationMeters = false;
            options.Meters.Clear();
            options.Meters.Add(PeerInstruments.MeterName);
        });
        using var instruments = new PeerInstruments();
        instruments.Record();
        SortedSet<string> differences = new(StringComparer.Ordinal);
        foreach (var format in new[] { Text, OpenMetrics })
        {
            var theirs = PeerExposition.Read(await scrapePeer(format));
            foreach (var rename in renames)
            {
                theirs = rename.Apply(theirs);
            }

            differences.UnionWith(PeerDifference.Between(theirs, PeerExposition.Read(await GetAsync(server.MetricsPort, format))));
        }

        return differences;
    }

    private static async Task<string> GetAsync(int port, string accept)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        return await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"), TestContext.Current.CancellationToken);
    }
}
