// Owns: measuring scrapes of a parent, by the number of its workers.

using System.Diagnostics;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>Scrapes of every worker's series, or of their sums. One process without workers has the same series.</summary>
internal sealed class WorkerScrapeWorkload(bool sums) : ScrapeWorkload(SeriesOfWorker, gzip: false, sums ? "?aggregate=true" : "")
{
    public const int SeriesOfWorker = 1_000;

    private const string Prefix = "bench_events_";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    public static IEnumerable<Workload> All =>
    [
        Of(sums: false, "workers-scrape", "Scrape of a parent whose workers have 1,000 series each"),
        Of(sums: true, "workers-sums", "Scrape of the sums over workers that have 1,000 series each"),
    ];

    /// <summary>Waits until all workers have started. Throws <see cref="BenchException"/> if they do not.</summary>
    public static async Task AwaitWorkersAsync(RunningServer server, CancellationToken cancellationToken)
    {
        using var client = new ScrapeClient(server, gzip: false);
        var expected = SeriesOfAll(server);
        for (var watch = Stopwatch.StartNew(); ;)
        {
            var series = await client.CountSeriesAsync(Prefix, cancellationToken);
            if (series == expected)
            {
                return;
            }

            if (watch.Elapsed > s_timeout)
            {
                throw new BenchException($"{server.Title} exposes {series} of its workers' series; expected {expected}.");
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    public override async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        if (server.Workers > 0)
        {
            await AwaitWorkersAsync(server, cancellationToken);
        }

        await CheckAsync(server, sums ? SeriesOfWorker : SeriesOfAll(server), cancellationToken);
    }

    // The parent has the series, too.
    private static int SeriesOfAll(RunningServer server) => SeriesOfWorker * (server.Workers + 1);

    private static WorkerScrapeWorkload Of(bool sums, string name, string title) => new(sums)
    {
        Name = name,
        Family = "workers",
        MaxRounds = 3,
        Title = title,
        Servers = [WorkerRows.OneProcess, WorkerRows.One, WorkerRows.Two, WorkerRows.Four, WorkerRows.Eight],
        Divisor = WorkerRows.OneProcess,
        Measures = [Measure.ScrapeTime, Measure.ScrapeProcessor, Measure.ScrapeSize],
    };
}
