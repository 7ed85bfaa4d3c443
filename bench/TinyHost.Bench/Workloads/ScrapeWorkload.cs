// Owns: what a scrape costs: time, the server's processor time, size.
// Does not own: scraping (ScrapeClient).

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>One scrape after the other over one connection, for a second and three times at the least.</summary>
internal sealed class ScrapeWorkload(int series, bool gzip) : Workload
{
    private const int FewestScrapes = 3;
    private const int Seconds = 1;

    public override string Client =>
        $"one scraper, one connection, one scrape after the other; Accept: {ScrapeClient.Accept}; Accept-Encoding: {(gzip ? "gzip" : "identity")}";

    public override int Series => series;

    protected override int MostRounds => 5;

    // Python takes its time over many series.
    public override TimeSpan Estimate(Settings settings, int servers) =>
        TimeSpan.FromSeconds((servers * (2 + (Rounds(settings) * (Seconds + 0.3)))) + (Rounds(settings) * FewestScrapes * series / 100_000.0 * (gzip ? 2 : 1)));

    public override async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        using var client = new ScrapeClient(server, gzip);
        var lines = await client.CountSeriesAsync("bench_events_", cancellationToken);
        if (lines != series)
        {
            throw new BenchException($"{server.Server.Title} exposes {lines} of the benchmark's series; right would be {series}.");
        }
    }

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        await using var group = await ServerGroup.StartAsync(this, servers, run.CancellationToken);
        foreach (var server in group.Servers)
        {
            await MeasureAsync(server, seconds: 1, run.CancellationToken);
        }

        for (var round = 0; round < Rounds(run.Settings); round++)
        {
            foreach (var server in Rotation.Of(group.Servers, round))
            {
                var (milliseconds, processor, bytes) = await MeasureAsync(server, Seconds, run.CancellationToken);
                run.Results.Add(Name, server.Server.Title, Measure.ScrapeTime, round, milliseconds);
                run.Results.Add(Name, server.Server.Title, Measure.ScrapeProcessor, round, processor);
                run.Results.Add(Name, server.Server.Title, Measure.ScrapeSize, round, bytes / 1_024);
                await run.Progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {round + 1}/{Rounds(run.Settings)} {server.Server.Title,-28} {milliseconds,9:N2} ms {processor,9:N2} ms CPU {bytes / 1_024,9:N0} KiB a scrape"));
            }
        }
    }

    private async Task<(double Milliseconds, double ProcessorMilliseconds, double Bytes)> MeasureAsync(
        RunningServer server, int seconds, CancellationToken cancellationToken)
    {
        var processes = new ProcessTree(server.ProcessId);
        using var client = new ScrapeClient(server, gzip);
        var before = processes.ProcessorMicroseconds();
        var (scrapes, elapsed, bytes) = await client.ScrapeForAsync(TimeSpan.FromSeconds(seconds), FewestScrapes, interval: TimeSpan.Zero, cancellationToken);
        var used = processes.ProcessorMicroseconds() - before;
        return (elapsed.TotalMilliseconds / scrapes, used / 1_000 / scrapes, (double)bytes / scrapes);
    }
}
