// Owns: the settings under TinyHost:Metrics, and what is said of malformed ones.
// Does not own: their defaults (MetricsOptions).

using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace TinyHost.Metrics;

internal static class MetricsConfiguration
{
    internal const string PortKey = "TinyHost:Metrics:Port";
    internal const string DisableGcKey = "TinyHost:Metrics:DisableGc";
    internal const string BucketsKey = "TinyHost:Metrics:Buckets";
    internal const string CardinalityLimitsKey = "TinyHost:Metrics:CardinalityLimits";

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

        foreach (IConfigurationSection bounds in configuration.GetSection(BucketsKey).GetChildren())
        {
            options.Buckets[bounds.Key] = ReadBounds(bounds);
        }

        foreach (IConfigurationSection limit in configuration.GetSection(CardinalityLimitsKey).GetChildren())
        {
            options.CardinalityLimits[limit.Key] = int.TryParse(limit.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
                ? number
                : throw new ServerStartException($"Cannot start: {limit.Path} is '{limit.Value}', which is not a number of series of 1 or more.");
        }
    }

    // One text, "0.1, 1", or a list of numbers.
    private static double[] ReadBounds(IConfigurationSection section)
    {
        string[] texts = section.Value is { } list ? list.Split(',') : [.. section.GetChildren().Select(bound => bound.Value ?? "")];
        var bounds = new double[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            if (!double.TryParse(texts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out bounds[i]) || !double.IsFinite(bounds[i]))
            {
                throw new ServerStartException($"Cannot start: {section.Path} has '{texts[i].Trim()}', which is not a bound of a bucket: a number such as 0.5.");
            }
        }

        return bounds;
    }
}
