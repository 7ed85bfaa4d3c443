// Owns: the settings of this daemon, section JsonRpc of the configuration, and their checks.
// Does not own: the host's settings, section TinyHost.

using Microsoft.Extensions.Configuration;
using TinyHost;

namespace JsonRpc;

/// <summary>What can be set, with its default.</summary>
internal sealed class RpcSettings
{
    /// <summary>The status code when there is nothing to reply: 204, or 202 for clients that insist on it.</summary>
    public int NoContentStatus { get; set; } = 204;

    /// <summary>The longest message in bytes. Over it: 413.</summary>
    public int MaxMessageSize { get; set; } = 1_048_576;

    /// <summary>The most calls in a batch. Over it: −32600 for the batch as a whole.</summary>
    public int MaxBatchSize { get; set; } = 1_000;

    /// <summary>
    /// Reads the section <c>JsonRpc</c>. Throws <see cref="ServerStartException"/> with a sentence that names the setting.
    /// </summary>
    public static RpcSettings From(IConfiguration configuration)
    {
        var settings = new RpcSettings();
        new Setting(configuration.GetSection("JsonRpc")).Read(settings, s_settings);
        return settings;
    }

    private static readonly Dictionary<string, Action<Setting, RpcSettings>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(NoContentStatus)] = (setting, settings) => settings.NoContentStatus = Status(setting),
        [nameof(MaxMessageSize)] = (setting, settings) => settings.MaxMessageSize = setting.Number(1, what: "a number of bytes"),
        [nameof(MaxBatchSize)] = (setting, settings) => settings.MaxBatchSize = setting.Number(1, what: "a number of calls"),
    };

    private static int Status(Setting setting)
    {
        const string allowed = "202 or 204";
        return setting.Text(allowed) switch
        {
            "202" => 202,
            "204" => 204,
            _ => throw setting.Refused(allowed),
        };
    }
}
