// Owns: asking for credentials in front of the metrics, and which of their paths stay open.

namespace TinyHost.Metrics;

internal static class MetricsProtection
{
    /// <summary>
    /// Wraps the answer to scrapes. Throws <see cref="ArgumentException"/> for what cannot be used, or <see cref="ServerStartException"/>
    /// if it may come from the settings.
    /// </summary>
    internal static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> answer, Action<AuthenticationOptions> protect, HealthProbes? probes, IServiceProvider? services,
        string? settings)
    {
        var options = new AuthenticationOptions { Realm = "metrics" };
        protect(options);
        if (probes is not null && !options.CoversHealth)
        {
            options.Except(probes.LivenessPath, probes.ReadinessPath);
        }

        try
        {
            return Authentication.Wrap(answer, options, services);
        }
        catch (ArgumentException fault) when (settings is not null)
        {
            throw new ServerStartException(
                $"Cannot start: the protection of the metrics ({settings}:Protect): {fault.Message}", fault);
        }
    }
}
