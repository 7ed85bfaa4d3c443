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
        await prometheus.UntilAsync("up", up => up == 1);
        Assert.StartsWith("application/vnd.google.protobuf;", await daemon.App.GetStringAsync("/scrape-type", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // Only the daemon's own: the others change from scrape to scrape. In OpenMetrics, whose le="1.0" is Prometheus' spelling of bounds in protobuf too.
        daemon.Metrics.DefaultRequestHeaders.Add("Accept", "application/openmetrics-text;version=1.0.0");
        var scrape = await daemon.ScrapeAsync();
        var samples = scrape.Samples("recorded_").Where(line => !line.StartsWith("recorded_series", StringComparison.Ordinal)).ToArray();
        Assert.Equal((2 * (15 + 2)) + 1, samples.Length);
        foreach (var sample in samples)
        {
            var at = sample.LastIndexOf(' ');
            Assert.Equal(double.Parse(sample[(at + 1)..], CultureInfo.InvariantCulture), await AskAsync(prometheus, sample[..at]));
        }

        // A family of more than one message.
        Assert.Equal(12_000, await AskAsync(prometheus, "count(recorded_series_total)"));
        Assert.Equal(12_000 * 12_001 / 2, await AskAsync(prometheus, "sum(recorded_series_total)"));
    }

    [Theory]
    [InlineData("1.1", 3, 500)]
    [InlineData("1.01", 7, 2_000)]
    public async Task Quantiles_of_a_native_histogram_are_those_of_the_recorded_data_within_the_error_of_its_schema(string factor, int schema, int count)
    {
        await using var daemon = await Daemon.StartAsync(
            Daemon.Tests,
            $"--TinyHost:Metrics:NativeHistograms:recorded.native:BucketFactor={factor}",
            "--TinyHost:Metrics:NativeHistograms:recorded.native:MaxBuckets=2000");
        await using var prometheus = await PrometheusServer.StartAsync(daemon.MetricsPort, "--enable-feature=native-histograms");

        // Durations from a millisecond to ten seconds, most of them short, none of them at a bound.
        var random = new Random(schema);
        double[] values = [.. Enumerable.Range(0, count).Select(_ => Math.Exp((random.NextDouble() + random.NextDouble()) * 4.6) / 1_000)];
        await RecordAsync(daemon, values);
        await AssertIsAsync(prometheus, values, schema);

        // More of them, and some below zero.
        double[] more = [.. Enumerable.Range(0, count).Select(_ => -random.NextDouble()), 0, 0, 0];
        await RecordAsync(daemon, more);
        await AssertIsAsync(prometheus, [.. values, .. more], schema);

        // The server takes the native histogram in place of the classic one; where there is no other, the classic one.
        Assert.Equal(double.NaN, await prometheus.QueryAsync("recorded_native_seconds_count"));
        Assert.Equal(values.Length + more.Length, await AskAsync(prometheus, "recorded_classic_seconds_count"));
        await prometheus.UntilAsync("up", up => up == 1);
        Assert.Contains("recorded_native_seconds_bucket{le=\"0.5\"} ", (await daemon.ScrapeAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_native_histogram_that_keeps_its_limit_of_buckets_loses_no_count()
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

        // 200 × 10^3 over 10^-2 is 24 powers of two: 2 buckets each are 48, 4 would be 96.
        await AssertIsAsync(prometheus, values, schema: 1);

        // A server checks what it gets: the buckets must not hold more than the count, and a NaN is in none of them.
        await RecordAsync(daemon, [double.NaN, double.PositiveInfinity, double.NegativeInfinity]);
        await prometheus.UntilAsync("histogram_count(recorded_native_seconds)", count => count == values.Count + 3);
        Assert.Equal(1, await AskAsync(prometheus, "count(histogram_sum(recorded_native_seconds) != histogram_sum(recorded_native_seconds))"));
        await prometheus.UntilAsync("up", up => up == 1);
    }

    private static async Task AssertIsAsync(PrometheusServer prometheus, IReadOnlyList<double> values, int schema)
    {
        await prometheus.UntilAsync("histogram_count(recorded_native_seconds)", count => count == values.Count);
        Assert.Equal(values.Aggregate((sum, value) => sum + value), await AskAsync(prometheus, "histogram_sum(recorded_native_seconds)"));
        double[] sorted = [.. values.Order()];
        var width = Math.Pow(2, Math.Pow(2, -schema));
        foreach (var quantile in (double[])[0.05, 0.5, 0.75, 0.9, 0.99])
        {
            var estimate = await AskAsync(prometheus, string.Create(CultureInfo.InvariantCulture, $"histogram_quantile({quantile}, recorded_native_seconds)"));

            // Prometheus interpolates within the bucket that the value of this rank is in, or ends at its bound.
            var exact = sorted[(int)Math.Ceiling(quantile * sorted.Length) - 1];
            Assert.InRange(Math.Abs(estimate - exact), 0, (Math.Abs(exact) * (width - 1)) + 1e-9);
        }
    }

    // On a busy machine a scrape may take longer than it has, and then there is nothing until the next.
    private static Task<double> AskAsync(PrometheusServer prometheus, string query) => prometheus.UntilAsync(query, value => !double.IsNaN(value));

    private static async Task RecordAsync(Daemon daemon, double[] values)
    {
        using var content = new StringContent(string.Join('\n', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
        using var response = await daemon.App.PostAsync("/record", content, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
