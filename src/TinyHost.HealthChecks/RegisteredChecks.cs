// Owns: the registered health checks of a program as checks of TinyHost.

using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace TinyHost.HealthChecks;

/// <summary>
/// Each registration is a check of its own, so that one that hangs holds up no other and is not started again.
/// </summary>
internal sealed class RegisteredChecks(HealthCheckService service, IOptions<HealthCheckServiceOptions> options) : IHealthCheckSource
{
    public IReadOnlyList<HealthCheck> GetChecks() => [.. options.Value.Registrations.Select(Wrap)];

    private HealthCheck Wrap(HealthCheckRegistration registration) => new(
        registration.Name, cancellationToken => CheckAsync(registration, cancellationToken), [.. registration.Tags])
    {
        Timeout = registration.Timeout > TimeSpan.Zero ? registration.Timeout : null,
    };

    private async Task<HealthResult> CheckAsync(HealthCheckRegistration registration, CancellationToken cancellationToken)
    {
        var report = await service.CheckHealthAsync(other => other == registration, cancellationToken).ConfigureAwait(false);
        var entry = report.Entries[registration.Name];
        // The service makes an exception's message the description. It may hold secrets, and the service has logged it.
        var reason = entry.Exception is { } failure && entry.Description == failure.Message
            ? $"threw {failure.GetType().Name}"
            : entry.Description;
        return entry.Status switch
        {
            HealthStatus.Healthy => HealthResult.Healthy,
            HealthStatus.Degraded => HealthResult.Degraded(reason),
            _ => HealthResult.Unhealthy(reason),
        };
    }
}
