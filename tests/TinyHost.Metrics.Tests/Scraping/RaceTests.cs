using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

[Collection(ServersAlone.Name)]
public sealed partial class RaceTests
{
    private const int Threads = 4;
    private const int Rounds = 50_000;

    [Theory]
    [InlineData("text/plain;version=0.0.4")]
    [InlineData("application/openmetrics-text;version=1.0.0")]
    public async Task Scrapes_during_recording_are_consistent_monotonic_and_complete(string accept)
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        await using var server = await MetricsServer.StartAsync(options =>
        {
            options.ApplicationMeters = false;
            options.Meters.Clear();
            options.Meters.Add(meter.Name);
        });
        var counter = meter.CreateCounter<long>("c");
        var histogram = meter.CreateHistogram<double>("h", "s");
        using var together = new Barrier(Threads);
        var recording = Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                for (var i = 0; i < Rounds; i++)
                {
                    var tag = new KeyValuePair<string, object?>("t", i % 3);
                    counter.Add(1, tag);
                    histogram.Record(1, tag);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        // Two concurrent scrapers share some collections. They continue until a scrape has begun after the last recording.
        var scrapers = Enumerable.Range(0, 2).Select(async gzip =>
        {
            using var client = new HttpClient(
                new HttpClientHandler { AutomaticDecompression = gzip == 1 ? DecompressionMethods.GZip : DecompressionMethods.None });
            client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
            var last = new Dictionary<string, double>();
            for (var all = false; !all;)
            {
                all = recording.IsCompleted;
                var text = await client.GetStringAsync(new Uri($"http://127.0.0.1:{server.MetricsPort}/metrics"));
                var samples = Sample().Matches(text).ToDictionary(
                    match => match.Groups[1].Value, match => double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
                foreach (var (name, value) in samples)
                {
                    Assert.True(value >= last.GetValueOrDefault(name), $"{name} decreased.");
                    if (name.StartsWith("h_seconds_count", StringComparison.Ordinal))
                    {
                        var labels = name["h_seconds_count{".Length..^1];
                        Assert.Equal(value, samples[$"h_seconds_bucket{{{labels},le=\"+Inf\"}}"]);
                        Assert.Equal(value, samples[$"h_seconds_sum{{{labels}}}"]);
                    }
                }

                last = samples;
            }

            foreach (var name in (string[])["c_total", "h_seconds_count", "h_seconds_sum"])
            {
                Assert.Equal(Threads * Rounds, last.Where(sample => sample.Key.StartsWith(name + "{", StringComparison.Ordinal)).Sum(
                    sample => sample.Value));
            }
        });
        await Task.WhenAll(scrapers);
        await recording;
    }

    [GeneratedRegex("^([ch]_[a-z_]+\\{[^}]*\\}) ([0-9.]+)$", RegexOptions.Multiline)]
    private static partial Regex Sample();
}
