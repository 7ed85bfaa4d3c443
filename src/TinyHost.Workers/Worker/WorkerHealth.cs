// Owns: whether a worker lives and is ready, for its parent.

namespace TinyHost.Workers;

internal static class WorkerHealth
{
    /// <summary>Which checks of the servers themselves have failed; empty if none has.</summary>
    internal static async Task<string> FindFaultAsync(IReadOnlyList<HostedServer> servers)
    {
        var faults = await Task.WhenAll(servers.Select(server => server.Pulse?.FindFaultAsync() ?? Task.FromResult<string?>(null)))
            .ConfigureAwait(false);
        return string.Join("; ", faults.OfType<string>().Distinct());
    }

    /// <summary>The state that the readiness probes of the servers would report, and after a space the reasons, if there are any.</summary>
    internal static async Task<string> ReadAsync(IReadOnlyList<HostedServer> servers)
    {
        var state = HealthState.Healthy;
        List<string> reasons = [];
        foreach (var server in servers)
        {
            foreach (var probes in server.Server?.Stages.OfType<HealthProbes>() ?? [])
            {
                foreach (var reading in await probes.ReadReadinessAsync(server.Pulse).ConfigureAwait(false))
                {
                    if (reading.Result.State != HealthState.Healthy)
                    {
                        state = reading.Result.State < state ? reading.Result.State : state;
                        reasons.Add(reading.ToString());
                    }
                }
            }
        }

        return reasons.Count == 0
            ? HealthReading.TextOf(state)
            : $"{HealthReading.TextOf(state)} {string.Join("; ", reasons.Distinct())}";
    }
}
