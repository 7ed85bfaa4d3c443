// Owns: how long it takes from starting a process to its first response.
// Does not own: starting it (RunningServer).

using System.Diagnostics;
using System.Globalization;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>A process is started and asked, again and again, until it answers; the clock runs from before the start to the first octets.</summary>
internal sealed class StartWorkload(Probe probe) : Workload
{
    // A start takes a fraction of a second, and no two are alike.
    private const int StartsInARound = 2;

    public override string Client => "a connection and a GET every millisecond until there is a response";

    public override TimeSpan Estimate(Settings settings, int servers) => servers * Rounds(settings) * StartsInARound * TimeSpan.FromSeconds(0.25);

    public override Task CheckAsync(RunningServer server, CancellationToken cancellationToken) => probe.CheckAsync(server, cancellationToken);

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        // The first start of each reads it from the disk, and shows that it answers as it should.
        foreach (var server in servers)
        {
            await using var running = await RunningServer.StartAsync(server, Series, run.CancellationToken);
            await CheckAsync(running, run.CancellationToken);
        }

        var rounds = Rounds(run.Settings) * StartsInARound;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in Rotation.Of(servers, round))
            {
                var started = Stopwatch.GetTimestamp();
                await using var running = RunningServer.Start(server, Series);
                await running.AwaitFirstResponseAsync(run.CancellationToken);
                var milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                run.Results.Add(Name, server.Title, Measure.FirstResponse, round, milliseconds);
                await run.Progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {round + 1}/{rounds} {server.Title,-32} {milliseconds,8:N1} ms"));
            }
        }
    }
}
