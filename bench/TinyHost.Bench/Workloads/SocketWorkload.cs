// Owns: messages over WebSockets.

using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Workloads;

/// <summary>As other loads; each server is checked over a WebSocket.</summary>
internal class SocketWorkload(SocketLoad load, Probe probe) : LoadWorkload(load, probe)
{
    private readonly SocketLoad _load = load;
    private readonly Probe _probe = probe;

    public override async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        var reply = await _load.CallAsync(server, cancellationToken);
        if (!_probe.Accepts(reply))
        {
            throw new BenchException($"{server.Title} answers '{reply}' on a WebSocket; expected '{_probe.Expected}'.");
        }
    }
}
