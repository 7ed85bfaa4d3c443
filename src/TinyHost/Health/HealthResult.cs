// Owns: the result of a health check.

namespace TinyHost;

/// <summary>What a health check has found: a state, and the reason for it. The default value is unhealthy without a reason.</summary>
public readonly record struct HealthResult
{
    private HealthResult(HealthState state, string? reason)
    {
        State = state;
        Reason = reason;
    }

    /// <summary>Healthy.</summary>
    public static HealthResult Healthy { get; } = new(HealthState.Healthy, null);

    /// <summary>The state.</summary>
    public HealthState State { get; }

    /// <summary>The reason, which probes get to read; null for none.</summary>
    public string? Reason { get; }

    /// <summary>Degraded, for this reason. Probes get to read it: it must not hold secrets.</summary>
    public static HealthResult Degraded(string? reason) => new(HealthState.Degraded, reason);

    /// <summary>Unhealthy, for this reason. Probes get to read it: it must not hold secrets.</summary>
    public static HealthResult Unhealthy(string? reason) => new(HealthState.Unhealthy, reason);
}
