// Owns: how many bytes a .NET server allocates for a request, once it has served many.
// Does not own: the requests' way there (RepeatedRequest).

using System.Diagnostics;
using System.Globalization;
using System.Text;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>
/// The server says what its process has allocated (GC.GetTotalAllocatedBytes) before and after 10,000 requests over one connection; what
/// saying so costs is measured too and taken off.
/// </summary>
internal sealed class AllocationWorkload(Probe get, Probe rpc) : Workload
{
    private const int Requests = 10_000;
    private const int Depth = 16;
    // By then the runtime has compiled for good what it will.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);

    public override string Client => "one connection: GET one by one, GET pipelined 16 deep, JSON-RPC `add` one by one; 10,000 each, after 2 s of them";

    protected override int MostRounds => 3;

    public override TimeSpan Estimate(Settings settings, int servers) => servers * TimeSpan.FromSeconds(8 + (2 * Rounds(settings)));

    public override async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        await get.CheckAsync(server, cancellationToken);
        await rpc.CheckAsync(server, cancellationToken);
    }

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        await using var group = await ServerGroup.StartAsync(this, servers, run.CancellationToken);
        foreach (var server in group.Servers)
        {
            WarmUp(server, get, depth: 1, run.CancellationToken);
            WarmUp(server, get, Depth, run.CancellationToken);
            WarmUp(server, rpc, depth: 1, run.CancellationToken);
        }

        for (var round = 0; round < Rounds(run.Settings); round++)
        {
            foreach (var server in Rotation.Of(group.Servers, round))
            {
                var one = BytesFor(server, get, depth: 1, run.CancellationToken);
                var pipelined = BytesFor(server, get, Depth, run.CancellationToken);
                var call = BytesFor(server, rpc, depth: 1, run.CancellationToken);
                run.Results.Add(Name, server.Server.Title, Measure.AllocatedGet, round, one);
                run.Results.Add(Name, server.Server.Title, Measure.AllocatedPipelined, round, pipelined);
                run.Results.Add(Name, server.Server.Title, Measure.AllocatedRpc, round, call);
                await run.Progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {round + 1}/{Rounds(run.Settings)} {server.Server.Title,-28} GET {one:N2} B, pipelined {pipelined:N2} B, JSON-RPC {call:N2} B"));
            }
        }
    }

    private static void WarmUp(RunningServer server, Probe probe, int depth, CancellationToken cancellationToken)
    {
        using var connection = new RepeatedRequest(server, Message(probe, server), depth);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_warmUp;)
        {
            connection.Send(Requests, cancellationToken);
        }
    }

    private static double BytesFor(RunningServer server, Probe probe, int depth, CancellationToken cancellationToken)
    {
        using var connection = new RepeatedRequest(server, Message(probe, server), depth);
        using var allocated = new AllocatedBytes(server);
        // The first of all on their connections.
        connection.Send(Requests, cancellationToken);
        allocated.Read();
        var first = allocated.Read();
        var second = allocated.Read();
        connection.Send(Requests, cancellationToken);
        var third = allocated.Read();
        return Math.Max(0, (third - second) - (second - first)) / (double)Requests;
    }

    private static byte[] Message(Probe probe, RunningServer server)
    {
        var content = probe.Content ?? [];
        var head = string.Create(CultureInfo.InvariantCulture, $"{probe.Method} {probe.Path} HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n");
        var fields = probe.Content is null ? "" : string.Create(CultureInfo.InvariantCulture, $"Content-Type: {probe.ContentType}\r\nContent-Length: {content.Length}\r\n");
        return [.. Encoding.ASCII.GetBytes($"{head}{fields}\r\n"), .. content];
    }
}
