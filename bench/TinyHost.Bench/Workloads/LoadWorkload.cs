// Owns: a workload that wrk makes: all servers up, one under load at a time, their order rotated each round.
// Does not own: what wrk sends (WrkLoad), or taking one measurement (LoadMeter).

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

internal sealed class LoadWorkload(WrkLoad load, Probe probe) : Workload
{
    // What a .NET server needs to have its hot code compiled for good; the same for all.
    private const int WarmUpSeconds = 3;

    public override string Client => load.ToString();

    public override TimeSpan Estimate(Settings settings, int servers) =>
        servers * TimeSpan.FromSeconds(1 + WarmUpSeconds + (Rounds(settings) * (settings.Duration + 0.3)));

    public override Task CheckAsync(RunningServer server, CancellationToken cancellationToken) => probe.CheckAsync(server, cancellationToken);

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        await using var group = await ServerGroup.StartAsync(this, servers, run.CancellationToken);
        foreach (var server in group.Servers)
        {
            await LoadMeter.MeasureAsync(server, load, WarmUpSeconds, run.CancellationToken);
        }

        for (var round = 0; round < Rounds(run.Settings); round++)
        {
            foreach (var server in Rotation.Of(group.Servers, round))
            {
                var sample = await LoadMeter.MeasureAsync(server, load, run.Settings.Duration, run.CancellationToken);
                Keep(run.Results, server.Server.Title, round, sample);
                await run.Progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {round + 1}/{Rounds(run.Settings)} {server.Server.Title,-28} {sample.Client.RequestsPerSecond,10:N0} requests/s {sample.ProcessorMicroseconds,9:N2} µs p99 {sample.Client.P99,8:N2} ms"));
            }
        }
    }

    private void Keep(Results results, string server, int round, LoadSample sample)
    {
        results.Add(Name, server, Measure.Rate, round, sample.Client.RequestsPerSecond);
        results.Add(Name, server, Measure.Processor, round, sample.ProcessorMicroseconds);
        results.Add(Name, server, Measure.Median, round, sample.Client.P50);
        results.Add(Name, server, Measure.Tail, round, sample.Client.P99);
        results.Add(Name, server, Measure.Resident, round, sample.ResidentBytes / 1_048_576.0);
    }
}
