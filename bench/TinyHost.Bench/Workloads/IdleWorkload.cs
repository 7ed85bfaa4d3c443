// Owns: what connections that do nothing cost a server in memory.
// Does not own: holding them (IdleConnections).

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>
/// A server that has served for a second is given 5,000 connections, each of which gets one response and then waits. What its processes'
/// proportional memory (PSS) has grown by, two seconds later, is what they cost.
/// </summary>
internal sealed class IdleWorkload(Probe probe) : Workload
{
    private const int Connections = 5_000;
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(2);
    private static readonly WrkLoad s_warmUp = new("/");

    public override string Client => "5,000 connections, one GET each, then none; process memory (PSS) with them less without";

    protected override int MostRounds => 3;

    public override TimeSpan Estimate(Settings settings, int servers) => servers * Rounds(settings) * TimeSpan.FromSeconds(8);

    public override Task CheckAsync(RunningServer server, CancellationToken cancellationToken) => probe.CheckAsync(server, cancellationToken);

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        for (var round = 0; round < Rounds(run.Settings); round++)
        {
            foreach (var server in Rotation.Of(servers, round))
            {
                var bytes = await MeasureAsync(server, run.CancellationToken);
                run.Results.Add(Name, server.Title, Measure.PerConnection, round, bytes / 1_024);
                await run.Progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"  {round + 1}/{Rounds(run.Settings)} {server.Title,-28} {bytes,10:N0} bytes/connection"));
            }
        }
    }

    private async Task<double> MeasureAsync(Server server, CancellationToken cancellationToken)
    {
        // A process for each measurement: memory once taken is seldom given back.
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
