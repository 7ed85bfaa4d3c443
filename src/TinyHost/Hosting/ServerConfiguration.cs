// Owns: which settings a server has in the configuration, and applying them to its ServerOptions.
// Does not own: reading a value (Setting), or the names of servers (ServerNames).

using Microsoft.Extensions.Configuration;

namespace TinyHost;

/// <summary>
/// The section of a server: <c>TinyHost</c>, or <c>TinyHost:name</c> for a server with a name. It holds <c>Prefixes</c> (an array),
/// <c>InlineCompletions</c>, <c>StrictTargets</c>, <c>Limits</c>, named as in <see cref="ServerLimits"/>, and <c>Metrics</c>, which TinyHost.Metrics reads.
/// </summary>
internal static class ServerConfiguration
{
    private static readonly Dictionary<string, Action<Setting, ServerOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Prefixes"] = ReadPrefixes,
        ["InlineCompletions"] = (setting, options) => options.InlineCompletions = setting.Flag(),
        ["StrictTargets"] = (setting, options) => options.StrictTargets = setting.Flag(),
        ["Limits"] = (setting, options) => setting.ReadSection(s_limits!.Keys, limit => s_limits[limit.Name](limit, options.Limits)),
        ["Metrics"] = (setting, _) => setting.ReadEach("Port", static _ => { }),
    };

    // The least of each is that of its property.
    private static readonly Dictionary<string, Action<Setting, ServerLimits>> s_limits = new(StringComparer.OrdinalIgnoreCase)
    {
        ["MaxRequestLineSize"] = (limit, limits) => limits.MaxRequestLineSize = Number(limit, 64),
        ["MaxMethodSize"] = (limit, limits) => limits.MaxMethodSize = Number(limit, 1),
        ["MaxHeaderSectionSize"] = (limit, limits) => limits.MaxHeaderSectionSize = Number(limit, 64),
        ["MaxFieldLines"] = (limit, limits) => limits.MaxFieldLines = Number(limit, 1),
        ["MaxTrailerSectionSize"] = (limit, limits) => limits.MaxTrailerSectionSize = Number(limit, 64),
        ["MaxChunkLineSize"] = (limit, limits) => limits.MaxChunkLineSize = Number(limit, 16),
        ["MaxRequestBodySize"] = (limit, limits) => limits.MaxRequestBodySize = limit.IsEmpty ? null : limit.Number(0, long.MaxValue),
        ["MaxDrainSize"] = (limit, limits) => limits.MaxDrainSize = Number(limit, 0),
        ["ResponseBufferSize"] = (limit, limits) => limits.ResponseBufferSize = Number(limit, 1_024),
        ["MaxConnections"] = (limit, limits) => limits.MaxConnections = limit.IsEmpty ? null : Number(limit, 1),
        ["MaxConnectionsPerListener"] = (limit, limits) => limits.MaxConnectionsPerListener = limit.IsEmpty ? null : Number(limit, 1),
        ["ReservedConnections"] = (limit, limits) => limits.ReservedConnections = Number(limit, 0),
        ["IdleTimeout"] = (limit, limits) => limits.IdleTimeout = limit.Time(),
        ["HeaderSectionTimeout"] = (limit, limits) => limits.HeaderSectionTimeout = limit.Time(),
        ["MinDataRate"] = (limit, limits) => limits.MinDataRate = Number(limit, 0),
        ["MinDataRateGrace"] = (limit, limits) => limits.MinDataRateGrace = limit.Time(),
        ["MaxBlockedThreads"] = (limit, limits) => limits.MaxBlockedThreads = Number(limit, 0),
        ["LingerTimeout"] = (limit, limits) => limits.LingerTimeout = limit.Time(),
        ["StreamGrace"] = (limit, limits) => limits.StreamGrace = limit.Time(),
    };

    /// <summary>The names of a server's settings, which no server can have as its own.</summary>
    internal static IReadOnlyCollection<string> Settings => s_settings.Keys;

    /// <summary>The section that holds the settings of the server with this name, or of a server without one.</summary>
    internal static IConfigurationSection SectionOf(IConfiguration configuration, string? name)
    {
        var root = configuration.GetSection(Pipeline.SettingsSection);
        return name is null ? root : root.GetSection(name);
    }

    /// <summary>
    /// Lets the configuration override the options. Throws <see cref="ServerStartException"/> for an unknown setting, for a value that cannot be
    /// read, and for a setting that no server, or more than one, would read.
    /// </summary>
    internal static void Apply(IConfiguration configuration, string? name, ServerNames servers, ServerOptions options)
    {
        var root = new Setting(SectionOf(configuration, null));
        root.ReadSection([.. s_settings.Keys, .. servers.Names], setting =>
        {
            if (servers.Names.Contains(setting.Name))
            {
                return;
            }

            servers.CheckRead(setting);
            if (name is null)
            {
                s_settings[setting.Name](setting, options);
            }
        });
        if (name is not null)
        {
            new Setting(SectionOf(configuration, name)).ReadSection(s_settings.Keys, setting => s_settings[setting.Name](setting, options));
        }
    }

    private static void ReadPrefixes(Setting setting, ServerOptions options)
    {
        if (setting.IsEmpty)
        {
            return;
        }

        options.Prefixes.Clear();
        foreach (var item in setting.Items(';'))
        {
            var prefix = item.Text("a prefix such as http://+:8080/");
            // A semicolon at the end of a text divides nothing.
            if (prefix.Length > 0 || !setting.HasValue)
            {
                options.Prefixes.Add(prefix);
            }
        }
    }

    private static int Number(Setting limit, int least) => (int)limit.Number(least);
}
