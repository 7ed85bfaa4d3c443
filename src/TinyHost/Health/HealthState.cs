// Owns: the states of a health check.

namespace TinyHost;

/// <summary>The state that a health check has found.</summary>
public enum HealthState
{
    /// <summary>Not fit for use: probes are answered with 503.</summary>
    Unhealthy,

    /// <summary>Fit for use, but not as it should be: probes are answered with 200 and the reason.</summary>
    Degraded,

    /// <summary>As it should be.</summary>
    Healthy,
}
