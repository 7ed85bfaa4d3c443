// Owns: measuring the time from process start to the first response.

using System.Diagnostics;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>Starts a process and sends requests until one is answered. The time runs from before the start to the first bytes.</summary>
internal sealed class StartWorkload(Probe probe) : Workload(probe)
{
    // Starts are short and vary.
    private const int StartsPerRound = 2;

    public override string Client => "one connection and GET per millisecond until the first response";

    public override TimeSpan Estimate(Settings settings, int servers) =>
        servers * Rounds(settings) * StartsPerRound * TimeSpan.FromSeconds(0.25);

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        // The first start reads the program from disk; its response is checked.
        foreach (var server in servers)
        {
            await using var running = await RunningServer.StartAsync(server, Series, run.CancellationToken);
            await CheckAsync(running, run.CancellationToken);
        }

        var rounds = Rounds(run.Settings) * StartsPerRound;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in Rotation.Of(servers, round))
            {
                var started = Stopwatch.GetTimestamp();
                await using var running = RunningServer.Start(server, Series);
                await running.AwaitFirstResponseAsync(run.CancellationToken);
                var milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                Add(run, server.Title, round, Measure.FirstResponse, milliseconds);
                await WriteProgressAsync(run, server.Title, round, rounds, $"{milliseconds,8:N1} ms");
            }
        }
    }
}
