// Owns: the seam for libraries that have health checks of their own.

namespace TinyHost;

/// <summary>
/// Health checks of a program, as a service: the stage that answers probes asks all services of this type when its server starts.
/// TinyHost.HealthChecks has one for Microsoft.Extensions.Diagnostics.HealthChecks.
/// </summary>
public interface IHealthCheckSource
{
    /// <summary>The checks. Called at each start.</summary>
    IReadOnlyList<HealthCheck> GetChecks();
}
