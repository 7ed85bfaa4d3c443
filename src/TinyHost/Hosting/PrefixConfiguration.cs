// Owns: reading the prefixes of a server from the configuration.

namespace TinyHost;

/// <summary>
/// <c>Prefixes</c> is one text with semicolons, an array, or a section whose keys are the names of the prefixes. Each prefix is a text or a
/// section with the settings of <see cref="PrefixOptions"/>.
/// </summary>
internal static class PrefixConfiguration
{
    private const string Proxies = $"the networks of trusted proxies with commas between them, each {Networks.Form}";

    private static readonly Dictionary<string, Action<Setting, PrefixOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Url"] = (setting, prefix) => prefix.Url = setting.Text("a prefix such as http://+:8080/"),
        ["Name"] = (setting, prefix) => prefix.Name = setting.Text("the name of the prefix"),
        ["ProxyProtocol"] = ReadProxyProtocol,
        ["MaxConnections"] = (setting, prefix) => prefix.MaxConnections = LimitsConfiguration.CountOrNull(setting),
        ["Backlog"] = (setting, prefix) => prefix.Backlog = LimitsConfiguration.CountOrNull(setting),
        ["Limits"] = LimitsConfiguration.Read,
        ["Mode"] = (setting, prefix) => prefix.Mode = setting.IsEmpty ? null : Mode(setting),
        ["Owner"] = (setting, prefix) => prefix.Owner = setting.IsEmpty ? null : setting.Text("the name or number of a user"),
        ["Group"] = (setting, prefix) => prefix.Group = setting.IsEmpty ? null : setting.Text("the name or number of a group"),
    };

    private static readonly Dictionary<string, Action<Setting, PrefixOptions>> s_reloaded = new(StringComparer.OrdinalIgnoreCase);

    static PrefixConfiguration()
    {
        TlsConfiguration.AddTo(s_settings);
        foreach (var (name, read) in s_settings)
        {
            s_reloaded.Add(name, IsReloaded(name) ? read : static (_, _) => { });
        }
    }

    /// <summary>Whether a prefix takes a change of the setting over while the server runs.</summary>
    internal static bool IsReloaded(string name) =>
        name.Equals("Limits", StringComparison.OrdinalIgnoreCase) || name.Equals("MaxConnections", StringComparison.OrdinalIgnoreCase);

    /// <summary>The limits of the prefixes, and nothing else of them, by the paths of their sections.</summary>
    internal static Dictionary<string, PrefixLimits.Settings> ReadLimits(Setting setting)
    {
        var limits = new Dictionary<string, PrefixLimits.Settings>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in setting.HasValue ? [] : setting.ItemsOrNamed(';'))
        {
            var prefix = new PrefixOptions();
            item.Read(prefix, s_reloaded, valueName: "Url");
            limits.Add(item.Path, new(prefix.MaxConnections, prefix.Limits));
        }

        return limits;
    }

    /// <summary>Replaces the prefixes of the options, unless the setting is empty.</summary>
    internal static void Read(Setting setting, ServerOptions options)
    {
        if (setting.IsEmpty)
        {
            return;
        }

        options.Prefixes.Clear();
        foreach (var item in setting.ItemsOrNamed(';'))
        {
            var key = setting.HasValue || item.IsOfArray ? null : item.Name;
            var prefix = new PrefixOptions { Name = key, SettingsPath = item.IsSection ? item.Path : null };
            item.Read(prefix, s_settings, valueName: "Url");
            if (key is not null && !key.Equals(prefix.Name, StringComparison.OrdinalIgnoreCase))
            {
                throw new ServerStartException($"Cannot start: {item.Path} has a second name, '{prefix.Name}'; leave one of them out.");
            }

            if (prefix.Url.Length == 0 && item is { HasValue: false, IsEmpty: false })
            {
                throw new ServerStartException(
                    $"Cannot start: {item.Path} has no Url; set {item.Path}:Url to what the prefix listens on, such as http://+:8080/.");
            }

            // A text may end in a semicolon.
            if (prefix.Url.Length > 0 || !setting.HasValue)
            {
                options.Prefixes.Add(prefix);
            }
        }
    }

    private static UnixFileMode Mode(Setting setting)
    {
        const string Expected = "three or four octal digits from 0000 to 0777, such as 0660";
        var text = setting.Text(Expected);
        return text.Length is 3 or 4
            && text.All(c => c is >= '0' and <= '7')
            && Convert.ToInt32(text, 8) is >= 0 and <= 0b111_111_111 and var mode
                ? (UnixFileMode)mode
                : throw setting.Refused(Expected);
    }

    private static void ReadProxyProtocol(Setting setting, PrefixOptions prefix)
    {
        foreach (var network in setting.Items(','))
        {
            var text = network.Text(Proxies);
            prefix.ProxyProtocol.Add(Networks.IsNetwork(text) ? text : throw network.Refused(Proxies));
        }
    }
}
