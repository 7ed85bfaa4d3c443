// Owns: the settings of the console: TinyHost:Console, a flag, or a section; and --watch on the command line.

using Microsoft.Extensions.Configuration;

namespace TinyHost;

internal sealed class ConsoleSettings
{
    private const string WatchArgument = "--watch";

    private static readonly Dictionary<string, Action<Setting, ConsoleSettings>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Summary"] = (setting, settings) => settings.Summary = setting.Flag(),
        ["Watch"] = (setting, settings) => settings.Watch = setting.Flag(),
    };

    private ConsoleSettings()
    {
    }

    /// <summary>The last part of its key.</summary>
    internal static string Name => "Console";

    /// <summary>Whether the summaries are shown; null for at a terminal alone.</summary>
    internal bool? Summary { get; private set; }

    /// <summary>Whether a terminal shows what the servers do at present.</summary>
    internal bool Watch { get; private set; }

    /// <summary>Whether the log on a terminal is for programs.</summary>
    internal bool IsLogStructured { get; set; }

    /// <summary>Throws <see cref="ServerStartException"/> for what cannot be read.</summary>
    internal static ConsoleSettings Read(Setting setting)
    {
        var settings = new ConsoleSettings();
        setting.Read(settings, s_settings, skipEmpty: true, valueName: "Summary");
        return settings;
    }

    /// <summary>As the other, for a host, whose command line may have <c>--watch</c>.</summary>
    /// <param name="configuration">Of the host; null for none.</param>
    /// <param name="arguments">The command line of the process.</param>
    internal static ConsoleSettings Read(IConfiguration? configuration, IReadOnlyList<string> arguments)
    {
        if (configuration is null)
        {
            return new ConsoleSettings();
        }

        var settings = Read(new Setting(configuration.GetSection(Pipeline.SettingsSection).GetSection(Name)));
        ReadCommandLine(configuration, arguments, settings);
        return settings;
    }

    // A program that keeps its command line from the host has arguments of its own.
    private static void ReadCommandLine(IConfiguration configuration, IReadOnlyList<string> arguments, ConsoleSettings settings)
    {
        foreach (var provider in (configuration as IConfigurationRoot)?.Providers ?? [])
        {
            if (provider.GetType().Name != "CommandLineConfigurationProvider")
            {
                continue;
            }

            if (provider.TryGet("watch", out var text))
            {
                settings.Watch = bool.TryParse(text, out var watch)
                    ? watch
                    : throw new ServerStartException(
                        $"Cannot start: {WatchArgument} is '{text}', the argument after it; put {WatchArgument} last, or write "
                        + $"{WatchArgument}=true.");
            }
            else
            {
                // The last argument has no value, so that the provider ignores it.
                settings.Watch |= arguments is [.., WatchArgument];
            }
        }
    }
}
