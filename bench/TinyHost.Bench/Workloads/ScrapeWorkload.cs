// Owns: measuring the time, processor time and size of scrapes.

using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>Back-to-back scrapes over one connection, for at least a second and three scrapes.</summary>
internal class ScrapeWorkload(int series, bool gzip, string query = "") : Workload
{
    private const int MinScrapes = 3;
    private const int Seconds = 1;

    public override string Client =>
        $"one scraper, one connection, back-to-back scrapes of /metrics{query}; Accept: {ScrapeClient.Accept}; "
        + $"Accept-Encoding: {(gzip ? "gzip" : "identity")}";

    public override int Series => series;

    public override TimeSpan Estimate(Settings settings, int servers)
    {
        var loops = servers * (2 + (Rounds(settings) * (Seconds + 0.3)));
        // Python takes longer than a second for three scrapes of many series.
        var python = Rounds(settings) * MinScrapes * series / 100_000.0 * (gzip ? 2 : 1);
        return TimeSpan.FromSeconds(loops + python);
    }

    public override Task CheckAsync(RunningServer server, CancellationToken cancellationToken) =>
        CheckAsync(server, series, cancellationToken);

    protected async Task CheckAsync(RunningServer server, int expected, CancellationToken cancellationToken)
    {
        using var client = new ScrapeClient(server, gzip, query);
        var lines = await client.CountSeriesAsync("bench_events_", cancellationToken);
        if (lines != expected)
        {
            throw new BenchException($"{server.Title} exposes {lines} of the benchmark's series; expected {expected}.");
        }
    }

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        await using var group = await ServerGroup.StartAsync(this, servers, run.CancellationToken);
        foreach (var server in group.Servers)
        {
            await MeasureAsync(server, seconds: 1, run.CancellationToken);
        }

        var rounds = Rounds(run.Settings);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in Rotation.Of(group.Servers, round))
            {
                var (milliseconds, processor, bytes) = await MeasureAsync(server, Seconds, run.CancellationToken);
                Add(run, server.Title, round, Measure.ScrapeTime, milliseconds);
                Add(run, server.Title, round, Measure.ScrapeProcessor, processor);
                Add(run, server.Title, round, Measure.ScrapeSize, bytes / 1_024);
                await WriteProgressAsync(
                    run, server.Title, round, rounds, $"{milliseconds,9:N2} ms {processor,9:N2} ms CPU {bytes / 1_024,9:N0} KiB/scrape");
            }
        }
    }

    private async Task<(double Milliseconds, double ProcessorMilliseconds, double Bytes)> MeasureAsync(
        RunningServer server, int seconds, CancellationToken cancellationToken)
    {
        var processes = new ProcessTree(server.ProcessId);
        using var client = new ScrapeClient(server, gzip, query);
        var before = processes.ProcessorMicroseconds();
        var (scrapes, elapsed, bytes) = await client.ScrapeForAsync(
            TimeSpan.FromSeconds(seconds), MinScrapes, interval: TimeSpan.Zero, cancellationToken);
        var used = processes.ProcessorMicroseconds() - before;
        return (elapsed.TotalMilliseconds / scrapes, used / 1_000 / scrapes, (double)bytes / scrapes);
    }
}
