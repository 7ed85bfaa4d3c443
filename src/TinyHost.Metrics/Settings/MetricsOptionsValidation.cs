// Owns: the validation of the options of the metrics stage.

namespace TinyHost.Metrics;

internal static class MetricsOptionsValidation
{
    /// <summary>Throws <see cref="ArgumentException"/> for invalid options.</summary>
    internal static void Validate(this MetricsOptions options)
    {
        if (options.Port is < 1 or > 65535)
        {
            throw new ArgumentException($"The metrics port is {options.Port}; it must be from 1 to 65535.");
        }

        if (options.Prefix is not null)
        {
            PrefixRouting.ThrowUnlessName(options.Prefix, nameof(MetricsOptions.Prefix));
            if (options.Port is not null)
            {
                throw new ArgumentException($"The metrics have a port, {options.Port}, and a prefix, '{options.Prefix}'; set one of them.");
            }
        }

        if (options.Health.Port is not null || options.Health.Prefix is not null)
        {
            throw new ArgumentException(
                $"{nameof(MetricsOptions.Health)} has a port or a prefix, but the health probes are on the port of the metrics; "
                + "for probes elsewhere use UseHealth.");
        }

        if (options.Path is not null && !options.Path.StartsWith('/'))
        {
            throw new ArgumentException($"The metrics path is '{options.Path}'; it must start with '/'.");
        }

        if (options.Path is not null)
        {
            PathRouting.ThrowIfUnreachable(options.Path, nameof(MetricsOptions.Path));
        }

        if (options.Dashboard && options is { Port: null, Prefix: null, Path: not null })
        {
            throw new ArgumentException(
                $"{nameof(MetricsOptions.Dashboard)} is on, but the metrics at {options.Path} share their port with the app; "
                + $"the dashboard needs a port of the metrics ({nameof(MetricsOptions.Port)} or {nameof(MetricsOptions.Prefix)}).");
        }

        if (options.Dashboard && (options.Path is "/dashboard" or "/dashboard/events"))
        {
            throw new ArgumentException($"The metrics path is '{options.Path}', which the dashboard has; give the metrics another.");
        }

        if (options.DashboardMemory < MetricsOptions.MinDashboardMemory)
        {
            throw new ArgumentException(
                $"{nameof(MetricsOptions.DashboardMemory)} is {options.DashboardMemory}; it must be at least "
                + $"{MetricsOptions.MinDashboardMemory} bytes.");
        }

        if ((options.Formats & ~MetricsFormats.All) != 0)
        {
            throw new ArgumentException(
                $"{nameof(MetricsOptions.Formats)} is {options.Formats}; it must combine members of {nameof(MetricsFormats)}.");
        }

        if (options.MaxScrapesInFlight < 1)
        {
            throw new ArgumentException(
                $"{nameof(MetricsOptions.MaxScrapesInFlight)} is {options.MaxScrapesInFlight}; it must be at least 1.");
        }

        if (options.CacheLifetime < TimeSpan.Zero)
        {
            throw new ArgumentException($"{nameof(MetricsOptions.CacheLifetime)} is {options.CacheLifetime}; it must not be negative.");
        }

        if (options.SeriesLifetime < TimeSpan.Zero)
        {
            throw new ArgumentException($"{nameof(MetricsOptions.SeriesLifetime)} is {options.SeriesLifetime}; it must not be negative.");
        }

        if (options.CallbackTimeout <= TimeSpan.Zero || options.CallbackTimeout.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentException(
                $"{nameof(MetricsOptions.CallbackTimeout)} is {options.CallbackTimeout}; it must be positive and at most "
                + $"{TimeSpan.FromMilliseconds(int.MaxValue)}.");
        }

        if (options.CardinalityLimit < 1)
        {
            throw new ArgumentException($"{nameof(MetricsOptions.CardinalityLimit)} is {options.CardinalityLimit}; it must be at least 1.");
        }

        if (options.MaxExporterSize < 1)
        {
            throw new ArgumentException($"{nameof(MetricsOptions.MaxExporterSize)} is {options.MaxExporterSize}; it must be at least 1.");
        }

        if (options.Exporters.Contains(null!))
        {
            throw new ArgumentException($"{nameof(MetricsOptions.Exporters)} contains null.");
        }

        if (options.ExportersAlone && options.Exporters.Count == 0)
        {
            throw new ArgumentException($"{nameof(MetricsOptions.ExportersAlone)} is set, but there are no exporters.");
        }

        if (options.Labels.Count > 0)
        {
            CommonLabels.Validate(options.Labels);
        }

        foreach (var (name, native) in options.NativeHistograms)
        {
            native.Validate(name);
        }

        foreach (var (name, rule) in options.GaugeAggregations)
        {
            if (!Enum.IsDefined(rule))
            {
                throw new ArgumentException(
                    $"The aggregation of the gauge {name} is {rule}; it must be a member of {nameof(GaugeAggregation)}.");
            }
        }

        foreach (var (name, limit) in options.CardinalityLimits)
        {
            if (limit < 1)
            {
                throw new ArgumentException($"The cardinality limit of instrument {name} is {limit}; it must be at least 1.");
            }
        }
    }
}
