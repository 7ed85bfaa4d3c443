// Owns: the protobuf format and native histograms, scraped by a real Prometheus.

using System.Globalization;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd;

public sealed class ProtobufScrapeTests
{
    [Fact]
    public async Task Prometheus_scrapes_the_same_values_in_protobuf_as_in_text()
    {
        await using var daemon = await Daemon.StartAsync(
            Daemon.Tests, "--Test:RecordScrapeType=true", "--TinyHost:Metrics:CardinalityLimits:recorded.series=20000");
        await RecordAsync(daemon, [.. Enumerable.Range(0, 2_000).Select(i => Math.Exp((i - 1_000) / 100.0))]);
        using var created = await daemon.App.PostAsync("/series/12000", null, TestContext.Current.CancellationToken);
        created.EnsureSuccessStatusCode();
        await using var prometheus = await PrometheusServer.StartAsync(daemon.MetricsPort, "--enable-feature=native-histograms");

        await prometheus.UntilAsync("recorded_classic_seconds_count", count => count == 2_000);
        await prometheus.UntilAsync("up", up => up == 1);
        var contentType = await daemon.App.GetStringAsync("/scrape-type", TestContext.Current.CancellationToken);
        Assert.StartsWith("application/vnd.google.protobuf;", contentType, StringComparison.Ordinal);

        // Only series that this test records: others change between scrapes. OpenMetrics, because Prometheus writes the bounds of
        // protobuf buckets as OpenMetrics does (le="1.0").
        daemon.Metrics.DefaultRequestHeaders.Add("Accept", "application/openmetrics-text;version=1.0.0");
        var scrape = await daemon.ScrapeAsync();
        var samples = scrape.Samples("recorded_").Where(line => !line.StartsWith("recorded_series", StringComparison.Ordinal)).ToArray();
        Assert.Equal((2 * (15 + 2)) + 1, samples.Length);
        foreach (var sample in samples)
        {
            var at = sample.LastIndexOf(' ');
            Assert.Equal(double.Parse(sample[(at + 1)..], CultureInfo.InvariantCulture), await QueryAsync(prometheus, sample[..at]));
        }

        // This family is sent as several protobuf messages.
        Assert.Equal(12_000, await QueryAsync(prometheus, "count(recorded_series_total)"));
        Assert.Equal(12_000 * 12_001 / 2, await QueryAsync(prometheus, "sum(recorded_series_total)"));
    }

    [Theory]
    [InlineData("1.1", 3, 500)]
    [InlineData("1.01", 7, 2_000)]
    public async Task Quantiles_of_a_native_histogram_match_the_recorded_data_within_the_error_of_its_schema(
        string factor, int schema, int count)
    {
        await using var daemon = await Daemon.StartAsync(
            Daemon.Tests,
            $"--TinyHost:Metrics:NativeHistograms:recorded.native:BucketFactor={factor}",
            "--TinyHost:Metrics:NativeHistograms:recorded.native:MaxBuckets=2000");
        await using var prometheus = await PrometheusServer.StartAsync(daemon.MetricsPort, "--enable-feature=native-histograms");

        // Durations from a millisecond to ten seconds, most of them short, none at a bucket bound.
        var random = new Random(schema);
        double[] values = [.. Enumerable.Range(0, count).Select(_ => Math.Exp((random.NextDouble() + random.NextDouble()) * 4.6) / 1_000)];
        await RecordAsync(daemon, values);
        await AssertHistogramAsync(prometheus, values, schema);

        // Then negative values and zeros.
        double[] more = [.. Enumerable.Range(0, count).Select(_ => -random.NextDouble()), 0, 0, 0];
        await RecordAsync(daemon, more);
        await AssertHistogramAsync(prometheus, [.. values, .. more], schema);

        // Prometheus stores the native histogram instead of the classic one, or the classic one if there is no native one.
        Assert.Equal(double.NaN, await prometheus.QueryAsync("recorded_native_seconds_count"));
        Assert.Equal(values.Length + more.Length, await QueryAsync(prometheus, "recorded_classic_seconds_count"));
        await prometheus.UntilAsync("up", up => up == 1);
        Assert.Contains("recorded_native_seconds_bucket{le=\"0.5\"} ", (await daemon.ScrapeAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_native_histogram_at_its_bucket_limit_loses_no_count()
    {
        await using var daemon = await Daemon.StartAsync(
            Daemon.Tests,
            "--TinyHost:Metrics:NativeHistograms:recorded.*=1.005",
            "--TinyHost:Metrics:NativeHistograms:recorded.*:MaxBuckets=60",
            "--TinyHost:Metrics:NativeHistograms:recorded.*:ClassicBuckets=false");
        await using var prometheus = await PrometheusServer.StartAsync(daemon.MetricsPort, "--enable-feature=native-histograms");
        var values = new List<double>();
        for (var magnitude = 1; magnitude <= 6; magnitude++)
        {
            double[] next = [.. Enumerable.Range(1, 200).Select(i => i * Math.Pow(10, magnitude - 3))];
            values.AddRange(next);
            await RecordAsync(daemon, next);
            await prometheus.UntilAsync("histogram_count(recorded_native_seconds)", count => count == values.Count);
        }

        // The values span 24 powers of two. Schema 1 needs 48 buckets, which fit the limit of 60; schema 2 would need 96.
        await AssertHistogramAsync(prometheus, values, schema: 1);

        // Prometheus verifies that the buckets hold no more observations than the count, and a NaN is in no bucket.
        await RecordAsync(daemon, [double.NaN, double.PositiveInfinity, double.NegativeInfinity]);
        await prometheus.UntilAsync("histogram_count(recorded_native_seconds)", count => count == values.Count + 3);
        const string SumIsNaN = "count(histogram_sum(recorded_native_seconds) != histogram_sum(recorded_native_seconds))";
        Assert.Equal(1, await QueryAsync(prometheus, SumIsNaN));
        await prometheus.UntilAsync("up", up => up == 1);
    }

    private static async Task AssertHistogramAsync(PrometheusServer prometheus, IReadOnlyList<double> values, int schema)
    {
        await prometheus.UntilAsync("histogram_count(recorded_native_seconds)", count => count == values.Count);
        Assert.Equal(values.Aggregate((sum, value) => sum + value), await QueryAsync(prometheus, "histogram_sum(recorded_native_seconds)"));
        double[] sorted = [.. values.Order()];
        var width = Math.Pow(2, Math.Pow(2, -schema));
        foreach (var quantile in (double[])[0.05, 0.5, 0.75, 0.9, 0.99])
        {
            var estimate = await QueryAsync(
                prometheus, string.Create(CultureInfo.InvariantCulture, $"histogram_quantile({quantile}, recorded_native_seconds)"));

            // Prometheus interpolates within the bucket that holds the value of this rank, or returns the bound of that bucket.
            var exact = sorted[(int)Math.Ceiling(quantile * sorted.Length) - 1];
            Assert.InRange(Math.Abs(estimate - exact), 0, (Math.Abs(exact) * (width - 1)) + 1e-9);
        }
    }

    // On a busy machine a scrape may time out, and then a query has no result until the next scrape.
    private static Task<double> QueryAsync(PrometheusServer prometheus, string query) =>
        prometheus.UntilAsync(query, value => !double.IsNaN(value));

    private static async Task RecordAsync(Daemon daemon, double[] values)
    {
        using var content = new StringContent(string.Join('\n', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
        using var response = await daemon.App.PostAsync("/record", content, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
