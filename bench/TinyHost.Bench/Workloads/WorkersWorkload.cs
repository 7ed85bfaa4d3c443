// Owns: measuring one process against a parent with workers under the same load.

using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>As other loads, once all workers of a server run.</summary>
internal sealed class WorkersWorkload(ILoad load, Probe probe) : LoadWorkload(load, probe)
{
    public static IEnumerable<Workload> All(Probe text) =>
    [
        new WorkersWorkload(new WrkLoad("/"), text)
        {
            Name = "workers",
            MaxRounds = 3,
            Title = "One process or several workers: 13-byte GET over 64 persistent connections",
            Servers =
            [
                WorkerRows.OneProcess, WorkerRows.One, WorkerRows.Two, WorkerRows.Four, WorkerRows.Eight, ServerRows.Nginx,
                ServerRows.Falcon,
            ],
            Divisor = WorkerRows.OneProcess,
            Measures = [.. Measure.OfLoads, Measure.Proportional],
        },
        .. WorkerScrapeWorkload.All,
    ];

    // As in the scrapes of workers, so that --check starts each server once.
    public override int Series => WorkerScrapeWorkload.SeriesOfWorker;

    public override async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        await base.CheckAsync(server, cancellationToken);
        if (server.Workers > 0)
        {
            await WorkerScrapeWorkload.AwaitWorkersAsync(server, cancellationToken);
        }
    }
}
