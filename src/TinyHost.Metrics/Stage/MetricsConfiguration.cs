// Owns: the settings under TinyHost:Metrics, and what is said of malformed ones.
// Does not own: their defaults (MetricsOptions).

using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace TinyHost.Metrics;

/// <summary>The section <c>TinyHost:Metrics</c>, named as in <see cref="MetricsOptions"/>; time spans in seconds or <c>hh:mm:ss</c>.</summary>
internal static class MetricsConfiguration
{
    internal const string Section = "TinyHost:Metrics";
    internal const string PortKey = Section + ":Port";

    private static readonly Dictionary<string, Action<IConfigurationSection, MetricsOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Port"] = (setting, options) => options.Port = Number(setting, ushort.MaxValue, "a port number from 1 to 65535"),
        ["Path"] = (setting, options) => options.Path = Path(setting),
        ["DisableGc"] = (setting, options) => options.DisableGc = Flag(setting),
        ["ApplicationMeters"] = (setting, options) => options.ApplicationMeters = Flag(setting),
        ["Meters"] = ReadMeters,
        ["CardinalityLimit"] = (setting, options) => options.CardinalityLimit = SeriesCount(setting),
        ["CardinalityLimits"] = (setting, options) => EachNamed(setting, limit => options.CardinalityLimits[limit.Key] = SeriesCount(limit)),
        ["Buckets"] = (setting, options) => EachNamed(setting, bounds => options.Buckets[bounds.Key] = Bounds(bounds)),
        ["NativeHistograms"] = (setting, options) => EachNamed(setting, native => NativeHistogramConfiguration.Apply(native, options.NativeHistograms)),
        ["Resource"] = (setting, options) => EachNamed(setting, attribute => options.Resource[attribute.Key] = attribute.Value ?? ""),
        ["Exemplars"] = (setting, options) => options.Exemplars = Flag(setting),
        ["CreatedSamples"] = (setting, options) => options.CreatedSamples = Flag(setting),
        ["ScopeLabels"] = (setting, options) => options.ScopeLabels = Flag(setting),
        ["UnderscoreNames"] = (setting, options) => options.UnderscoreNames = Flag(setting),
        ["CacheLifetime"] = (setting, options) => options.CacheLifetime = Span(setting, TimeSpan.Zero),
        ["CallbackTimeout"] = (setting, options) => options.CallbackTimeout = Span(setting, TimeSpan.FromTicks(1)),
        ["MaxScrapesInFlight"] = (setting, options) => options.MaxScrapesInFlight = Number(setting, int.MaxValue, "a number of scrapes of 1 or more"),
        ["FailOnError"] = (setting, options) => options.FailOnError = Flag(setting),
    };

    /// <summary>Lets the configuration of the services override the options, where they have one. Throws as the other does.</summary>
    internal static void Apply(IServiceProvider services, MetricsOptions options)
    {
        if (services.GetService(typeof(IConfiguration)) is IConfiguration configuration)
        {
            Apply(configuration, options);
        }
    }

    /// <summary>Lets the configuration override the options. Throws <see cref="ServerStartException"/> for a setting that is none or cannot be read.</summary>
    internal static void Apply(IConfiguration configuration, MetricsOptions options)
    {
        foreach (IConfigurationSection setting in configuration.GetSection(Section).GetChildren())
        {
            if (!s_settings.TryGetValue(setting.Key, out Action<IConfigurationSection, MetricsOptions>? read))
            {
                throw new ServerStartException($"Cannot start: {setting.Path} is not a setting; there are {string.Join(", ", s_settings.Keys.Order())}.");
            }

            // An empty value is none: so a later source of the configuration can take one back.
            if (setting.Value != "")
            {
                read(setting, options);
            }
        }
    }

    // They go in place of those in the code. One string in place of the array is what one environment variable gives.
    private static void ReadMeters(IConfigurationSection setting, MetricsOptions options)
    {
        options.Meters.Clear();
        string[] names = setting.Value is { } list
            ? list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [.. setting.GetChildren().Select(name => name.Value ?? "")];
        Array.ForEach(names, options.Meters.Add);
    }

    // One text, "0.1, 1", or a list of numbers.
    private static double[] Bounds(IConfigurationSection section)
    {
        string[] texts = section.Value is { } list ? list.Split(',') : [.. section.GetChildren().Select(bound => bound.Value ?? "")];
        return Array.ConvertAll(texts, text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double bound) && double.IsFinite(bound)
            ? bound
            : throw new ServerStartException($"Cannot start: {section.Path} has '{text.Trim()}', which is not a bound of a bucket: a number such as 0.5."));
    }

    // A value without a name would be for nobody.
    private static void EachNamed(IConfigurationSection setting, Action<IConfigurationSection> read)
    {
        if (setting.Value is not null)
        {
            throw new ServerStartException($"Cannot start: {setting.Path} is '{setting.Value}', but has a value for each name only, such as {setting.Path}:name.");
        }

        Each(setting, read);
    }

    internal static void Each(IConfigurationSection setting, Action<IConfigurationSection> read)
    {
        foreach (IConfigurationSection child in setting.GetChildren())
        {
            read(child);
        }
    }

    private static int SeriesCount(IConfigurationSection setting) => Number(setting, int.MaxValue, "a number of series of 1 or more");

    internal static int Number(IConfigurationSection setting, int max, string what) =>
        int.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 && number <= max
            ? number
            : throw NotA(what, setting);

    internal static bool Flag(IConfigurationSection setting) =>
        bool.TryParse(setting.Value, out bool flag) ? flag : throw NotA("'true' or 'false'", setting);

    private static string Path(IConfigurationSection setting) =>
        setting.Value is ['/', ..] path ? path : throw NotA("a path such as /metrics", setting);

    internal static TimeSpan Span(IConfigurationSection setting, TimeSpan least)
    {
        TimeSpan span = double.TryParse(setting.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and < int.MaxValue
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.TryParseExact(setting.Value, "c", CultureInfo.InvariantCulture, out TimeSpan exact) ? exact : TimeSpan.MinValue;
        return span >= least && span.TotalMilliseconds <= int.MaxValue ? span : throw NotA("a time in seconds, such as 2.5, or as hh:mm:ss", setting);
    }

    internal static ServerStartException NotA(string what, IConfigurationSection setting) =>
        new($"Cannot start: {setting.Path} is '{setting.Value}', which is not {what}.");
}
