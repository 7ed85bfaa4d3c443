// Owns: the health checks on the dashboard.

namespace TinyHost.Metrics;

/// <summary>The results of the checks that a probe for readiness asks for. They run only while somebody watches.</summary>
internal sealed class DashboardHealth(ObserverGuard guard)
{
    private volatile HealthProbes? _probes;
    private int _isReading;

    /// <summary>The latest results; empty before the first.</summary>
    internal IReadOnlyDictionary<string, HealthResult> Latest { get; private set; } = new Dictionary<string, HealthResult>();

    /// <summary>The number of open connections.</summary>
    internal int OpenConnections => _probes?.OpenConnections ?? 0;

    /// <summary>The probes of the port.</summary>
    internal void Use(HealthProbes? probes) => _probes = probes;

    /// <summary>Runs the checks whose results are old, unless that is being done. Then calls <paramref name="changed"/>.</summary>
    internal async Task ReadAsync(Action changed)
    {
        if (_probes is not { } probes || Interlocked.Exchange(ref _isReading, 1) != 0)
        {
            return;
        }

        try
        {
            Latest = await probes.CheckReadinessAsync().ConfigureAwait(false);
            changed();
        }
#pragma warning disable CA1031 // Reported by the guard. The page keeps the results it has.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed("Reading the health checks for the dashboard", failure);
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }
}
