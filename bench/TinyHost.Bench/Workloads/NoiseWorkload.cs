// Owns: workloads of valid requests amid noise.

using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;

namespace TinyHost.Bench.Workloads;

/// <summary>As other loads; each server is checked with every kind of malformed request.</summary>
internal sealed class NoiseWorkload(NoisyLoad load, Probe valid) : LoadWorkload(load, valid)
{
    private readonly NoisyLoad _load = load;

    public override async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        await base.CheckAsync(server, cancellationToken);
        await _load.CheckAsync(server, cancellationToken);
    }
}
