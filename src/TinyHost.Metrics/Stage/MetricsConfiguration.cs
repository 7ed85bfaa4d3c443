// Owns: the settings under TinyHost:Metrics, and what is said of malformed ones.
// Does not own: their defaults (MetricsOptions).

using Microsoft.Extensions.Configuration;

namespace TinyHost.Metrics;

internal static class MetricsConfiguration
{
    internal const string PortKey = "TinyHost:Metrics:Port";
    internal const string DisableGcKey = "TinyHost:Metrics:DisableGc";

    /// <summary>Lets the configuration override the options. Throws <see cref="ServerStartException"/> for a value that cannot be read.</summary>
    internal static void Apply(IConfiguration configuration, MetricsOptions options)
    {
        if (configuration[PortKey] is { Length: > 0 } port)
        {
            options.Port = ushort.TryParse(port, out ushort number) && number > 0
                ? number
                : throw new ServerStartException($"Cannot start: {PortKey} is '{port}', which is not a port number from 1 to 65535.");
        }

        if (configuration[DisableGcKey] is { Length: > 0 } disable)
        {
            options.DisableGc = bool.TryParse(disable, out bool value)
                ? value
                : throw new ServerStartException($"Cannot start: {DisableGcKey} is '{disable}', which is neither 'true' nor 'false'.");
        }
    }
}
