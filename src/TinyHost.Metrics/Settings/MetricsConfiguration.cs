// Owns: the settings of a metrics stage, below Metrics in the section of its server.

using Microsoft.Extensions.Configuration;

namespace TinyHost.Metrics;

/// <summary>
/// The section <c>TinyHost:Metrics</c>, or <c>TinyHost:name:Metrics</c> for a server with a name: settings named as in
/// <see cref="MetricsOptions"/>. An empty value counts as none, so that a later source of the configuration can take a value back.
/// </summary>
internal static class MetricsConfiguration
{
    internal const string SectionName = "Metrics";
    internal const string DefaultSection = "TinyHost:" + SectionName;

    private static readonly Dictionary<string, Action<Setting, NativeHistogramOptions>> s_nativeHistogram = new(
        StringComparer.OrdinalIgnoreCase)
    {
        ["BucketFactor"] = (setting, native) =>
            native.BucketFactor = setting.Real("a bucket factor above 1, such as 1.1", factor => factor > 1),
        ["MaxBuckets"] = (setting, native) => native.MaxBuckets = setting.Number(1, what: "a whole number of buckets"),
        ["MaxZeroThreshold"] = (setting, native) => native.MaxZeroThreshold = setting.Real("a number of 0 or more", number => number >= 0),
        ["MinResetDuration"] = (setting, native) => native.MinResetDuration = setting.Time(orZero: true),
        ["ClassicBuckets"] = (setting, native) => native.ClassicBuckets = setting.Flag(),
    };

    private static readonly Dictionary<string, Action<Setting, MetricsOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Port"] = (setting, options) => options.Port = setting.Number(1, ushort.MaxValue, "a port number"),
        ["Prefix"] = (setting, options) => options.Prefix = Prefix(setting),
        ["Path"] = (setting, options) => options.Path = Path(setting),
        ["Protect"] = ProtectionSettings.Read,
        ["WebConfigFile"] = (setting, options) => options.WebConfigFile = setting.Text("the path of a file"),
        ["Dashboard"] = (setting, options) => options.Dashboard = setting.Flag(),
        ["DashboardMemory"] = (setting, options) =>
            options.DashboardMemory = setting.Number(MetricsOptions.MinDashboardMemory, what: "a whole number of bytes"),
        ["DisableGc"] = (setting, options) => options.DisableGc = setting.Flag(),
        ["PrometheusNetNames"] = (setting, options) => options.PrometheusNetNames = setting.Flag(),
        ["ApplicationMeters"] = (setting, options) => options.ApplicationMeters = setting.Flag(),
        ["Meters"] = ReadMeters,
        ["CardinalityLimit"] = (setting, options) => options.CardinalityLimit = SeriesCount(setting),
        ["CardinalityLimits"] = (setting, options) =>
            EachInstrument(setting, options.CardinalityLimits, (limit, name) => options.CardinalityLimits[name] = SeriesCount(limit)),
        ["SeriesLifetime"] = (setting, options) => options.SeriesLifetime = setting.Time(orZero: true),
        ["Buckets"] = (setting, options) =>
            EachInstrument(setting, options.Buckets, (bounds, name) => options.Buckets[name] = Bounds(bounds)),
        ["NativeHistograms"] = (setting, options) =>
            EachInstrument(
                setting, options.NativeHistograms, (native, name) => ReadNativeHistogram(native, name, options.NativeHistograms)),
        ["GaugeAggregations"] = ReadAggregations,
        ["Resource"] = (setting, options) => EachName(
            setting,
            "service.name", attribute => options.Resource[DottedNames.OfAttribute(attribute, options.Resource)] = attribute.Text("a text")),
        ["Labels"] = ReadLabels,
        ["Exemplars"] = (setting, options) => options.Exemplars = setting.Flag(),
        ["CreatedSamples"] = (setting, options) => options.CreatedSamples = setting.Flag(),
        ["ScopeLabels"] = (setting, options) => options.ScopeLabels = setting.Flag(),
        ["UnderscoreNames"] = (setting, options) => options.UnderscoreNames = setting.Flag(),
        ["Formats"] = (setting, options) => options.Formats = Formats(setting),
        ["CacheLifetime"] = (setting, options) => options.CacheLifetime = setting.Time(orZero: true),
        ["CallbackTimeout"] = (setting, options) => options.CallbackTimeout = setting.Time(),
        ["MaxScrapesInFlight"] = (setting, options) => options.MaxScrapesInFlight = setting.Number(1, what: "a whole number of scrapes"),
        ["MaxExporterSize"] = (setting, options) => options.MaxExporterSize = setting.Number(1, what: "a whole number of bytes"),
        ["BatchIncludesProcess"] = (setting, options) => options.BatchIncludesProcess = setting.Flag(),
        ["FailOnError"] = (setting, options) => options.FailOnError = setting.Flag(),
    };

    /// <summary>
    /// The metrics section of a server with these settings, by default of <c>TinyHost</c> in the services' configuration; null without a
    /// configuration.
    /// </summary>
    internal static IConfigurationSection? SectionOf(IServiceProvider? services, IConfigurationSection? settings) =>
        settings is not null ? settings.GetSection(SectionName)
        : (services?.GetService(typeof(IConfiguration)) as IConfiguration)?.GetSection(DefaultSection);

    /// <summary>
    /// Overrides the options with a section. Throws <see cref="ServerStartException"/> for an unknown setting and for a value that cannot
    /// be read.
    /// </summary>
    internal static void Apply(IConfigurationSection section, MetricsOptions options)
    {
        var (port, prefix) = (options.Port, options.Prefix);
        (options.Port, options.Prefix) = (null, null);
        new Setting(section).Read(options, s_settings, skipEmpty: true);
        if (options.Port is not null && options.Prefix is not null)
        {
            throw new ServerStartException(
                $"Cannot start: {section.Path}:Port and {section.Path}:Prefix are both set; the metrics are served on one of them.");
        }

        // A port in the settings overrides a prefix in the code, and the other way around.
        if (options.Port is null && options.Prefix is null)
        {
            (options.Port, options.Prefix) = (port, prefix);
        }
    }

    // They replace those in the code.
    private static void ReadMeters(Setting setting, MetricsOptions options)
    {
        options.Meters.Clear();
        foreach (var item in setting.Items(';'))
        {
            var name = item.Text("the name of a meter");
            if (name.Length > 0)
            {
                options.Meters.Add(name);
            }
        }
    }

    private static void ReadLabels(Setting setting, MetricsOptions options)
    {
        setting.ReadEach("env", label => options.Labels[label.Name] = label.Text("a text"));
        try
        {
            CommonLabels.Validate(options.Labels);
        }
        catch (ArgumentException exception)
        {
            throw new ServerStartException($"Cannot start: {setting.Path}: {exception.Message}");
        }
    }

    // They override the options of the same instrument in the code. The value of the section itself is the bucket factor.
    private static void ReadNativeHistogram(Setting instrument, string name, IDictionary<string, NativeHistogramOptions> all)
    {
        var options = all.TryGetValue(name, out var inCode) ? inCode with { } : new NativeHistogramOptions();
        instrument.Read(options, s_nativeHistogram, skipEmpty: true, valueName: "BucketFactor");
        all[name] = options;
    }

    private static double[] Bounds(Setting setting) =>
        [.. setting.Items(',').Select(bound => bound.Real("a bound of a bucket, a number such as 0.5"))];

    private static void EachInstrument<T>(Setting setting, IDictionary<string, T> known, Action<Setting, string> read) =>
        EachName(setting, "instrument", instrument =>
        {
            if (!instrument.IsEmpty)
            {
                read(instrument, DottedNames.OfInstrument(instrument, known));
            }
        });

    private static void EachName(Setting setting, string example, Action<Setting> read) => setting.ReadEach(example, item =>
    {
        if (item.Name.All(char.IsAsciiDigit))
        {
            throw new ServerStartException(
                $"Cannot start: {setting.Path} is an array; it must be a section with names, such as {setting.Path}:{example}.");
        }

        read(item);
    });

    private static MetricsFormats Formats(Setting setting)
    {
        const string expected = "a list of formats: Text, OpenMetrics, Protobuf";
        var formats = MetricsFormats.None;
        foreach (var item in setting.Items(','))
        {
            formats |= item.Text(expected).ToUpperInvariant() switch
            {
                "TEXT" => MetricsFormats.Text,
                "OPENMETRICS" => MetricsFormats.OpenMetrics,
                "PROTOBUF" => MetricsFormats.Protobuf,
                "ALL" => MetricsFormats.All,
                _ => throw item.Refused(expected),
            };
        }

        return formats;
    }

    private static void ReadAggregations(Setting setting, MetricsOptions options) => EachName(setting, "queue_depth", family =>
    {
        if (!family.IsEmpty)
        {
            options.GaugeAggregations[family.Name] = Aggregation(family);
        }
    });

    private static GaugeAggregation Aggregation(Setting setting)
    {
        const string expected = "Sum, Max, Min or Latest";
        return setting.Text(expected).ToUpperInvariant() switch
        {
            "SUM" => GaugeAggregation.Sum,
            "MAX" => GaugeAggregation.Max,
            "MIN" => GaugeAggregation.Min,
            "LATEST" => GaugeAggregation.Latest,
            _ => throw setting.Refused(expected),
        };
    }

    private static int SeriesCount(Setting setting) => setting.Number(1, what: "a whole number of series");

    private static string Prefix(Setting setting) =>
        setting.Text("the name of a prefix, such as metrics", static text => PrefixRouting.ThrowUnlessName(text));

    private static string Path(Setting setting) =>
        setting.Text("a path that a request can have, such as /metrics", static text => PathRouting.ThrowIfUnreachable(text));
}
