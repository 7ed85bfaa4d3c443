// Owns: the settings of the handover: TinyHost:Handover, a path, or TinyHost:Handover:Path and TinyHost:Handover:Timeout.

using Microsoft.Extensions.Configuration;

namespace TinyHost;

internal sealed class HandoverSettings
{
    private const string Expected = "the absolute path of a Unix socket, such as /run/app/handover";

    private static readonly Dictionary<string, Action<Setting, HandoverSettings>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Path"] = (setting, settings) => settings.Path = ReadPath(setting),
        ["Timeout"] = (setting, settings) => settings.Timeout = setting.Time(),
    };

    private HandoverSettings()
    {
    }

    /// <summary>The last part of its key.</summary>
    internal static string Name => "Handover";

    /// <summary>Where a process offers its sockets to the next one; empty for no handover.</summary>
    internal string Path { get; private set; } = "";

    /// <summary>How long the next process may take to start. Meanwhile this one serves.</summary>
    internal TimeSpan Timeout { get; private set; } = TimeSpan.FromSeconds(60);

    /// <summary>Throws <see cref="ServerStartException"/> for what cannot be read.</summary>
    internal static HandoverSettings Read(IConfiguration? configuration)
    {
        var settings = new HandoverSettings();
        if (configuration is not null)
        {
            var section = configuration.GetSection(Pipeline.SettingsSection).GetSection(Name);
            new Setting(section).Read(settings, s_settings, skipEmpty: true, valueName: "Path");
            if (settings.Path.Length == 0 && section.GetChildren().Any())
            {
                throw new ServerStartException($"Cannot start: {section.Path} has no Path; set {section.Path}:Path to {Expected}.");
            }
        }

        return settings;
    }

    private static string ReadPath(Setting setting)
    {
        var path = setting.Text(Expected);
        return path.StartsWith('/') && UnixSocket.Read(path, out var socket, out _) is null && socket!.Path == path
            ? path
            : throw setting.Refused(Expected);
    }
}
