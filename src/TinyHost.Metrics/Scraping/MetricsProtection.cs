// Owns: what stands in front of the metrics: credentials, a web configuration file; and which of their paths stay open.

namespace TinyHost.Metrics;

internal static class MetricsProtection
{
    /// <summary>
    /// Wraps the answer to scrapes. Throws <see cref="ArgumentException"/> for what cannot be used, or <see cref="ServerStartException"/>
    /// if it may come from the settings.
    /// </summary>
    internal static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> answer, MetricsOptions options, HealthProbes? probes, IServiceProvider? services, string? settings)
    {
        var authentication = new AuthenticationOptions { Realm = "metrics" };
        options.Protect?.Invoke(authentication);
        if (probes is not null && !authentication.CoversHealth)
        {
            authentication.Except(probes.LivenessPath, probes.ReadinessPath);
        }

        try
        {
            return options.WebConfigFile is { } file
                ? ReaderOf(options, services).Wrap(answer, file, authentication, services)
                : Authentication.Wrap(answer, authentication, services);
        }
        catch (ArgumentException fault) when (settings is not null)
        {
            throw new ServerStartException(
                $"Cannot start: the protection of the metrics ({settings}:Protect): {fault.Message}", fault);
        }
    }

    private static IWebConfiguration ReaderOf(MetricsOptions options, IServiceProvider? services) =>
        options.WebConfiguration
        ?? services?.GetService(typeof(IWebConfiguration)) as IWebConfiguration
        ?? throw new ServerStartException(
            $"Cannot start: the metrics have a web configuration file, {options.WebConfigFile}, but nothing that reads it: "
            + "reference the package TinyHost.WebConfig, and call services.AddWebConfiguration().");
}
