// Owns: measuring how much memory idle connections cost.

using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>
/// Opens 5,000 connections to a server that has been under load for a second, and sends one request on each. The cost is the growth of the
/// proportional memory (PSS) of its processes two seconds later.
/// </summary>
internal sealed class IdleWorkload(Probe probe) : Workload(probe)
{
    private const int Connections = 5_000;

    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(2);
    private static readonly WrkLoad s_warmUp = new("/");

    public override string Client => "5,000 connections with one GET each, then idle; growth of process memory (PSS)";

    public override TimeSpan Estimate(Settings settings, int servers) => servers * Rounds(settings) * TimeSpan.FromSeconds(8);

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        var rounds = Rounds(run.Settings);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in Rotation.Of(servers, round))
            {
                var bytes = await MeasureAsync(server, run.CancellationToken);
                Add(run, server.Title, round, Measure.PerConnection, bytes / 1_024);
                await WriteProgressAsync(run, server.Title, round, rounds, $"{bytes,10:N0} bytes/connection");
            }
        }
    }

    private async Task<double> MeasureAsync(Server server, CancellationToken cancellationToken)
    {
        // A new process for each measurement: processes seldom return memory.
        await using var running = await RunningServer.StartAsync(server, Series, cancellationToken);
        await CheckAsync(running, cancellationToken);
        var processes = new ProcessTree(running.ProcessId);
        await LoadMeter.MeasureAsync(running, s_warmUp, seconds: 1, cancellationToken);
        await Task.Delay(s_settling, cancellationToken);
        var before = processes.ProportionalBytes();
        using var connections = await IdleConnections.OpenAsync(running, Connections, cancellationToken);
        await Task.Delay(s_settling, cancellationToken);
        return (processes.ProportionalBytes() - before) / (double)Connections;
    }
}
