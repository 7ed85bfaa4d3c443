// Owns: which settings a server has in the configuration, and applying them to its ServerOptions.

using Microsoft.Extensions.Configuration;

namespace TinyHost;

/// <summary>
/// The section of a server: <c>TinyHost</c>, or <c>TinyHost:name</c> for a server with a name. It holds <c>Prefixes</c> (an array, or
/// named ones), <c>DrainDelay</c>, <c>InlineCompletions</c>, <c>StrictTargets</c>, <c>Limits</c>, named as in <see cref="ServerLimits"/>,
/// and <c>Health</c> and <c>Metrics</c>, which stages read.
/// </summary>
internal static class ServerConfiguration
{
    /// <summary>The last part of the key of the settings for workers, which RunTinyHostWorkersAsync reads.</summary>
    internal const string WorkersName = "Workers";

    private static readonly Dictionary<string, Action<Setting, ServerOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Prefixes"] = PrefixConfiguration.Read,
        ["InlineCompletions"] = (setting, options) => options.InlineCompletions = setting.Flag(),
        ["DrainDelay"] = (setting, options) => options.DrainDelay = setting.Time(orZero: true),
        ["StrictTargets"] = (setting, options) => options.StrictTargets = setting.Flag(),
        ["Limits"] = (setting, options) => LimitsConfiguration.Read(setting, options.Limits),
        ["Health"] = (setting, _) => setting.ReadEach("CheckTimeout", static _ => { }),
        ["Metrics"] = (setting, _) => setting.ReadEach("Port", static _ => { }),
        [ConsoleSettings.Name] = static (setting, _) => ConsoleSettings.Read(setting),
        [HandoverSettings.Name] = static (_, _) => { },
        [WorkersName] = static (_, _) => { },
    };

    /// <summary>The names of a server's settings. A server cannot be named like one.</summary>
    internal static IReadOnlyCollection<string> Settings => s_settings.Keys;

    /// <summary>The section that holds the settings of the server with this name, or of a server without one.</summary>
    internal static IConfigurationSection SectionOf(IConfiguration configuration, string? name)
    {
        var root = configuration.GetSection(Pipeline.SettingsSection);
        return name is null ? root : root.GetSection(name);
    }

    /// <summary>
    /// Overrides the options with the configuration. Throws <see cref="ServerStartException"/> for an unknown setting, for a value that
    /// cannot be read, and for a setting that no server, or more than one, would read.
    /// </summary>
    internal static void Apply(IConfiguration configuration, string? name, ServerNames servers, ServerOptions options)
    {
        var readers = new Dictionary<string, Action<Setting, ServerOptions>>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, read) in s_settings)
        {
            readers[key] = (setting, options) =>
            {
                servers.CheckRead(setting);
                if (name is null)
                {
                    read(setting, options);
                }
            };
        }

        foreach (var other in servers.Names)
        {
            // A named server reads its own section.
            readers[other] = static (_, _) => { };
        }

        new Setting(SectionOf(configuration, null)).Read(options, readers);
        if (name is not null)
        {
            var section = SectionOf(configuration, name);
            options.Limits.SettingsPath = $"{section.Path}:Limits";
            ThrowIfSet(section, HandoverSettings.Name, "a process hands over all of its servers at once");
            ThrowIfSet(section, ConsoleSettings.Name, "the console shows all of the host's servers");
            ThrowIfSet(section, WorkersName, "a worker has all of the servers");
            new Setting(section).Read(options, s_settings);
        }
    }

    private static void ThrowIfSet(IConfigurationSection section, string name, string why)
    {
        if (new Setting(section.GetSection(name)) is { IsEmpty: false } misplaced)
        {
            throw new ServerStartException(
                $"Cannot start: {misplaced.Path} is read by no server, since {why}; set {Pipeline.SettingsSection}:{name}.");
        }
    }
}
