// Owns: measuring how large scrapes affect the latency of the app.

using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>
/// A load that leaves the app idle time, first alone, then during scrapes that start once per interval, or back to back if it is zero.
/// </summary>
internal sealed class ScrapeLatencyWorkload(WrkLoad load, Probe probe, TimeSpan interval) : Workload(probe)
{
    // Long enough for several scrapes: each takes a considerable part of a second.
    private const int MinSeconds = 3;

    public override string Client =>
        $"{load} alone, then with one scraper, identity, {(interval > TimeSpan.Zero ? "one scrape per second" : "back-to-back scrapes")}";

    public override int Series => 100_000;

    public override TimeSpan Estimate(Settings settings, int servers) =>
        servers * TimeSpan.FromSeconds(4 + (Rounds(settings) * 2 * (Seconds(settings) + 0.3)));

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        await using var group = await ServerGroup.StartAsync(this, servers, run.CancellationToken);
        foreach (var server in group.Servers)
        {
            await MeasureWithScrapesAsync(server, seconds: 2, run.CancellationToken);
        }

        var rounds = Rounds(run.Settings);
        var seconds = Seconds(run.Settings);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in Rotation.Of(group.Servers, round))
            {
                var alone = (await LoadMeter.MeasureAsync(server, load, seconds, run.CancellationToken)).Client.P99;
                var (scraped, scrapesPerSecond) = await MeasureWithScrapesAsync(server, seconds, run.CancellationToken);
                Add(run, server.Title, round, Measure.P99, alone);
                Add(run, server.Title, round, Measure.P99WithScrapes, scraped);
                Add(run, server.Title, round, Measure.P99Ratio, scraped / alone);
                Add(run, server.Title, round, Measure.ScrapeRate, scrapesPerSecond);
                await WriteProgressAsync(
                    run, server.Title, round, rounds, $"p99 {alone,7:N2} ms alone, {scraped,7:N2} ms with {scrapesPerSecond:N1} scrapes/s");
            }
        }
    }

    private static int Seconds(Settings settings) => Math.Max(settings.Duration, MinSeconds);

    private async Task<(double P99, double ScrapesPerSecond)> MeasureWithScrapesAsync(
        RunningServer server, int seconds, CancellationToken cancellationToken)
    {
        using var client = new ScrapeClient(server, gzip: false);
        var scraping = client.ScrapeForAsync(TimeSpan.FromSeconds(seconds), minimum: 1, interval, cancellationToken);
        var sample = await LoadMeter.MeasureAsync(server, load, seconds, cancellationToken);
        var (scrapes, elapsed, _) = await scraping;
        return (sample.Client.P99, scrapes / elapsed.TotalSeconds);
    }
}
