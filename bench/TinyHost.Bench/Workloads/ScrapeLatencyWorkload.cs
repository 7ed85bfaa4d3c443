// Owns: what a large scrape does to the latency of the app beside it.
// Does not own: the load on the app (LoadMeter) or the scrapes (ScrapeClient).

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>The app under a load that leaves it room, first alone, then while scrapes begin at that interval, or one after the other when it is zero.</summary>
internal sealed class ScrapeLatencyWorkload(WrkLoad load, Probe probe, TimeSpan interval) : Workload
{
    // Long enough for several scrapes: each takes a good part of a second.
    private const int FewestSeconds = 3;

    public override string Client =>
        $"{load} alone, then beside one scraper, identity, {(interval > TimeSpan.Zero ? "a scrape each second" : "one scrape after the other")}";

    public override int Series => 100_000;

    protected override int MostRounds => 5;

    public override TimeSpan Estimate(Settings settings, int servers) => servers * TimeSpan.FromSeconds(4 + (Rounds(settings) * 2 * (Seconds(settings) + 0.3)));

    public override Task CheckAsync(RunningServer server, CancellationToken cancellationToken) => probe.CheckAsync(server, cancellationToken);

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        await using var group = await ServerGroup.StartAsync(this, servers, run.CancellationToken);
        foreach (var server in group.Servers)
        {
            await WithScrapesAsync(server, seconds: 2, run.CancellationToken);
        }

        for (var round = 0; round < Rounds(run.Settings); round++)
        {
            foreach (var server in Rotation.Of(group.Servers, round))
            {
                var alone = await LoadMeter.MeasureAsync(server, load, Seconds(run.Settings), run.CancellationToken);
                var (beside, scrapesPerSecond) = await WithScrapesAsync(server, Seconds(run.Settings), run.CancellationToken);
                var ratio = beside.Client.P99 / alone.Client.P99;
                run.Results.Add(Name, server.Server.Title, Measure.Tail, round, alone.Client.P99);
                run.Results.Add(Name, server.Server.Title, Measure.TailWithScrape, round, beside.Client.P99);
                run.Results.Add(Name, server.Server.Title, Measure.TailRatio, round, ratio);
                run.Results.Add(Name, server.Server.Title, Measure.ScrapeRate, round, scrapesPerSecond);
                await run.Progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {round + 1}/{Rounds(run.Settings)} {server.Server.Title,-28} p99 {alone.Client.P99,7:N2} ms alone, {beside.Client.P99,7:N2} ms beside {scrapesPerSecond:N1} scrapes/s"));
            }
        }
    }

    private static int Seconds(Settings settings) => Math.Max(settings.Duration, FewestSeconds);

    private async Task<(LoadSample Sample, double ScrapesPerSecond)> WithScrapesAsync(RunningServer server, int seconds, CancellationToken cancellationToken)
    {
        using var client = new ScrapeClient(server, gzip: false);
        var scraping = client.ScrapeForAsync(TimeSpan.FromSeconds(seconds), fewest: 1, interval, cancellationToken);
        var sample = await LoadMeter.MeasureAsync(server, load, seconds, cancellationToken);
        var (scrapes, elapsed, _) = await scraping;
        return (sample, scrapes / elapsed.TotalSeconds);
    }
}
