// Owns: the settings of a metrics stage, below Metrics in the section of its server.
// Does not own: reading a value (Setting), or the settings' defaults (MetricsOptions).

using Microsoft.Extensions.Configuration;

namespace TinyHost.Metrics;

/// <summary>
/// The section <c>TinyHost:Metrics</c>, or <c>TinyHost:name:Metrics</c> for a server with a name: settings named as in <see cref="MetricsOptions"/>.
/// An empty value counts as none, so that a later source of the configuration can take a value back.
/// </summary>
internal static class MetricsConfiguration
{
    internal const string DefaultSection = "TinyHost:Metrics";

    private static readonly Dictionary<string, Action<Setting, MetricsOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Port"] = (setting, options) => options.Port = (int)setting.Number(1, ushort.MaxValue, "a port number"),
        ["Path"] = (setting, options) => options.Path = Path(setting),
        ["DisableGc"] = (setting, options) => options.DisableGc = setting.Flag(),
        ["ApplicationMeters"] = (setting, options) => options.ApplicationMeters = setting.Flag(),
        ["Meters"] = ReadMeters,
        ["CardinalityLimit"] = (setting, options) => options.CardinalityLimit = SeriesCount(setting),
        ["CardinalityLimits"] = (setting, options) => EachInstrument(setting, limit => options.CardinalityLimits[limit.Name] = SeriesCount(limit)),
        ["Buckets"] = (setting, options) => EachInstrument(setting, bounds => options.Buckets[bounds.Name] = Bounds(bounds)),
        ["NativeHistograms"] = (setting, options) => EachInstrument(setting, native => NativeHistogramConfiguration.Apply(native, options.NativeHistograms)),
        ["Resource"] = (setting, options) => setting.ReadEach("service.name", attribute => options.Resource[attribute.Name] = attribute.Text("a text")),
        ["Exemplars"] = (setting, options) => options.Exemplars = setting.Flag(),
        ["CreatedSamples"] = (setting, options) => options.CreatedSamples = setting.Flag(),
        ["ScopeLabels"] = (setting, options) => options.ScopeLabels = setting.Flag(),
        ["UnderscoreNames"] = (setting, options) => options.UnderscoreNames = setting.Flag(),
        ["CacheLifetime"] = (setting, options) => options.CacheLifetime = setting.Time(orZero: true),
        ["CallbackTimeout"] = (setting, options) => options.CallbackTimeout = setting.Time(),
        ["MaxScrapesInFlight"] = (setting, options) => options.MaxScrapesInFlight = (int)setting.Number(1, what: "a number of scrapes"),
        ["FailOnError"] = (setting, options) => options.FailOnError = setting.Flag(),
    };

    /// <summary>The section with the metrics of a server whose settings are these, by default those of the services' configuration; null for none.</summary>
    internal static IConfigurationSection? SectionOf(IServiceProvider? services, IConfigurationSection? settings) =>
        settings is not null ? settings.GetSection("Metrics")
        : (services?.GetService(typeof(IConfiguration)) as IConfiguration)?.GetSection(DefaultSection);

    /// <summary>Lets a section override the options. Throws <see cref="ServerStartException"/> for an unknown setting and for a value that cannot be read.</summary>
    internal static void Apply(IConfigurationSection section, MetricsOptions options) => new Setting(section).ReadSection(s_settings.Keys, setting =>
    {
        if (!setting.IsEmpty)
        {
            s_settings[setting.Name](setting, options);
        }
    });

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

    private static double[] Bounds(Setting setting) =>
        [.. setting.Items(',').Select(bound => bound.Real("a bound of a bucket, a number such as 0.5"))];

    private static void EachInstrument(Setting setting, Action<Setting> read) => setting.ReadEach("instrument", instrument =>
    {
        if (!instrument.IsEmpty)
        {
            read(instrument);
        }
    });

    private static int SeriesCount(Setting setting) => (int)setting.Number(1, what: "a number of series");

    private static string Path(Setting setting)
    {
        const string expected = "a path that a request can have, such as /metrics";
        var path = setting.Text(expected);
        try
        {
            PathRouting.ThrowIfUnreachable(path);
            return path;
        }
        catch (ArgumentException)
        {
            throw setting.Refused(expected);
        }
    }
}
