// Owns: measuring how many bytes a warm .NET server allocates per request.

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>
/// Queries GC.GetTotalAllocatedBytes before and after 10,000 requests over one connection. The cost of the query itself is measured and
/// subtracted.
/// </summary>
internal sealed class AllocationWorkload(Probe get, Probe rpc) : Workload(get, rpc)
{
    private const int Requests = 10_000;
    private const int Depth = 16;

    // Long enough for the runtime to compile all hot code at its highest tier.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);

    public override string Client =>
        "one connection: sequential GETs, GETs pipelined 16 deep, sequential JSON-RPC calls; 10,000 each, after 2 s of warm-up";

    public override TimeSpan Estimate(Settings settings, int servers) => servers * TimeSpan.FromSeconds(8 + (2 * Rounds(settings)));

    public override async Task RunAsync(IReadOnlyList<Server> servers, Run run)
    {
        await using var group = await ServerGroup.StartAsync(this, servers, run.CancellationToken);
        foreach (var server in group.Servers)
        {
            WarmUp(server, get, depth: 1, run.CancellationToken);
            WarmUp(server, get, Depth, run.CancellationToken);
            WarmUp(server, rpc, depth: 1, run.CancellationToken);
        }

        var rounds = Rounds(run.Settings);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in Rotation.Of(group.Servers, round))
            {
                var single = BytesPerRequest(server, get, depth: 1, run.CancellationToken);
                var pipelined = BytesPerRequest(server, get, Depth, run.CancellationToken);
                var call = BytesPerRequest(server, rpc, depth: 1, run.CancellationToken);
                Add(run, server.Title, round, Measure.AllocatedGet, single);
                Add(run, server.Title, round, Measure.AllocatedPipelined, pipelined);
                Add(run, server.Title, round, Measure.AllocatedRpc, call);
                await WriteProgressAsync(
                    run, server.Title, round, rounds, $"GET {single:N2} B, pipelined {pipelined:N2} B, JSON-RPC {call:N2} B");
            }
        }
    }

    private static void WarmUp(RunningServer server, Probe probe, int depth, CancellationToken cancellationToken)
    {
        using var connection = new RepeatedRequest(server.Title, server.Port, Message(probe, server), depth);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_warmUp;)
        {
            connection.Send(Requests, cancellationToken);
        }
    }

    private static double BytesPerRequest(RunningServer server, Probe probe, int depth, CancellationToken cancellationToken)
    {
        using var connection = new RepeatedRequest(server.Title, server.Port, Message(probe, server), depth);
        using var counter = new AllocationCounter(server);
        // Warm up both connections.
        connection.Send(Requests, cancellationToken);
        counter.Read();
        var first = counter.Read();
        var second = counter.Read();
        connection.Send(Requests, cancellationToken);
        var third = counter.Read();
        return Math.Max(0, (third - second) - (second - first)) / (double)Requests;
    }

    private static byte[] Message(Probe probe, RunningServer server)
    {
        var content = probe.Content ?? [];
        FormattableString head = $"{probe.Method} {probe.Path} HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n";
        FormattableString fields = $"Content-Type: {probe.ContentType}\r\nContent-Length: {content.Length}\r\n";
        var text = FormattableString.Invariant(head) + (probe.Content is null ? "" : FormattableString.Invariant(fields)) + "\r\n";
        return [.. Encoding.ASCII.GetBytes(text), .. content];
    }

    /// <summary>Queries a server for the bytes its process has allocated since its start.</summary>
    private sealed class AllocationCounter : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        private readonly byte[] _request;

        public AllocationCounter(RunningServer server)
        {
            _request = Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"GET /allocated HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n\r\n"));
            _socket.Connect(new IPEndPoint(IPAddress.Loopback, server.Port));
        }

        public long Read()
        {
            _socket.Send(_request);
            var response = new byte[1_024];
            // The response is short enough to arrive in one piece.
            var text = Encoding.ASCII.GetString(response, 0, _socket.Receive(response));
            return long.Parse(text.AsSpan(text.LastIndexOf('\n') + 1), CultureInfo.InvariantCulture);
        }

        public void Dispose() => _socket.Dispose();
    }
}
