// Owns: workloads of conditional requests.

using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Workloads;

/// <summary>As other loads; each server is checked for the content, and for 304.</summary>
internal sealed class ConditionalWorkload(ConditionalLoad load, Probe probe) : LoadWorkload(load, probe)
{
    private readonly ConditionalLoad _load = load;

    public override async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        await base.CheckAsync(server, cancellationToken);
        await _load.CheckAsync(server, cancellationToken);
    }
}
