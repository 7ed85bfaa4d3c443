// Owns: workloads of requests in quick succession.

using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>All servers run; they are put under load one at a time, in rotating order.</summary>
internal class LoadWorkload(ILoad load, params Probe[] probes) : Workload(probes)
{
    // Long enough for .NET to compile hot code at its highest tier; the same for all servers.
    private const int WarmUpSeconds = 3;

    public override string Client => load.ToString()!;

    public override TimeSpan Estimate(Settings settings, int servers) =>
        servers * TimeSpan.FromSeconds(1 + WarmUpSeconds + (Rounds(settings) * (settings.Duration + 0.3)));

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        await using var group = await ServerGroup.StartAsync(this, servers, run.CancellationToken);
        foreach (var server in group.Servers)
        {
            await MeasureAsync(server, WarmUpSeconds, run.CancellationToken);
        }

        var rounds = Rounds(run.Settings);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in Rotation.Of(group.Servers, round))
            {
                var sample = await MeasureAsync(server, run.Settings.Duration, run.CancellationToken);
                var client = sample.Client;
                Add(run, server.Title, round, Measure.Rate, client.RequestsPerSecond);
                Add(run, server.Title, round, Measure.Processor, sample.ProcessorMicroseconds);
                Add(run, server.Title, round, Measure.P50, client.P50);
                Add(run, server.Title, round, Measure.P99, client.P99);
                Add(run, server.Title, round, Measure.Resident, sample.ResidentBytes / 1_048_576.0);
                if (Measures.Contains(Measure.Proportional))
                {
                    var bytes = new ProcessTree(server.ProcessId).ProportionalBytes();
                    Add(run, server.Title, round, Measure.Proportional, bytes / 1_048_576.0);
                }

                await WriteProgressAsync(
                    run, server.Title, round, rounds,
                    $"{client.RequestsPerSecond,10:N0} requests/s {sample.ProcessorMicroseconds,9:N2} µs p99 {client.P99,8:N2} ms");
            }
        }
    }

    protected virtual Task<LoadSample> MeasureAsync(RunningServer server, int seconds, CancellationToken cancellationToken) =>
        LoadMeter.MeasureAsync(server, load, seconds, cancellationToken);
}
