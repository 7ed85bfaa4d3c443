// Owns: what a real Prometheus makes of the protobuf format and of native histograms.
// Does not own: the other formats (PrometheusTests), nor the format's details (TinyHost.Metrics.Tests).

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class ProtobufScrapeTests
{
    [Fact]
    public async Task What_Prometheus_scrapes_in_protobuf_is_what_it_says_in_text()
    {
        await using var daemon = await Daemon.StartAsync(Daemon.Tests, "--Test:RememberScrapes=true", "--TinyHost:Metrics:CardinalityLimits:recorded.series=20000");
        await RecordAsync(daemon, [.. Enumerable.Range(0, 2_000).Select(i => Math.Exp((i - 1_000) / 100.0))]);
        using var made = await daemon.App.PostAsync("/series/12000", null, TestContext.Current.CancellationToken);
        made.EnsureSuccessStatusCode();
        await using var prometheus = await PrometheusServer.StartAsync(daemon.MetricsPort, "--enable-feature=native-histograms");

        await prometheus.UntilAsync("recorded_classic_seconds_count", count => count == 2_000);
        Assert.Equal(1, await prometheus.QueryAsync("up"));
        Assert.StartsWith("application/vnd.google.protobuf;", await daemon.App.GetStringAsync("/scrape-type", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // Only the daemon's own: the others change from scrape to scrape. In OpenMetrics, whose le="1.0" is Prometheus' spelling of bounds in protobuf too.
        daemon.Metrics.DefaultRequestHeaders.Add("Accept", "application/openmetrics-text;version=1.0.0");
        var scrape = await daemon.ScrapeAsync();
        var samples = scrape.Samples("recorded_").Where(line => !line.StartsWith("recorded_series", StringComparison.Ordinal)).ToArray();
        Assert.Equal((2 * (15 + 2)) + 1, samples.Length);
        foreach (var sample in samples)
        {
            var at = sample.LastIndexOf(' ');
            Assert.Equal(double.Parse(sample[(at + 1)..], CultureInfo.InvariantCulture), await prometheus.QueryAsync(sample[..at]));
        }

        // A family of more than one message.
        Assert.Equal(12_000, await prometheus.QueryAsync("count(recorded_series_total)"));
        Assert.Equal(12_000 * 12_001 / 2, await prometheus.QueryAsync("sum(recorded_series_total)"));
    }

    private static async Task RecordAsync(Daemon daemon, double[] values)
    {
        using var content = new StringContent(string.Join('\n', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
        using var response = await daemon.App.PostAsync("/record", content, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
