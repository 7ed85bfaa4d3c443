// Owns: the line that puts a program's health checks behind TinyHost's probes.

using Microsoft.Extensions.DependencyInjection.Extensions;
using TinyHost;
using TinyHost.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Health checks of Microsoft.Extensions.Diagnostics.HealthChecks behind TinyHost's probes.</summary>
public static class TinyHostHealthChecksExtensions
{
    /// <summary>
    /// The health checks of the services, added before or after this call, decide the probes of the host's servers: all of them readiness,
    /// those with the tag <c>live</c> also liveness. Each runs on its own, with its registration's timeout or else
    /// <see cref="HealthOptions.CheckTimeout"/>. Returns the builder of <c>AddHealthChecks</c>, to add checks with.
    /// </summary>
    public static IHealthChecksBuilder AddTinyHostHealthChecks(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHealthCheckSource, RegisteredChecks>());
        return services.AddHealthChecks();
    }
}
