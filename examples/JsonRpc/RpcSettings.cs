// Owns: the daemon's settings, section JsonRpc of the configuration, and their validation.

using Microsoft.Extensions.Configuration;
using TinyHost;

namespace JsonRpc;

/// <summary>The settings and their defaults.</summary>
internal sealed class RpcSettings
{
    private static readonly Dictionary<string, Action<Setting, RpcSettings>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(NoContentStatus)] = (setting, settings) => settings.NoContentStatus = Status(setting),
        [nameof(MaxMessageSize)] = (setting, settings) => settings.MaxMessageSize = setting.Number(1, what: "a number of bytes"),
        [nameof(MaxBatchSize)] = (setting, settings) => settings.MaxBatchSize = setting.Number(1, what: "a number of calls"),
    };

    /// <summary>The status code of a response without a reply: 204, or 202 for clients that require it.</summary>
    public int NoContentStatus { get; set; } = 204;

    /// <summary>Longest message in bytes. Beyond it: 413.</summary>
    public int MaxMessageSize { get; set; } = 1_048_576;

    /// <summary>Most calls in a batch. Beyond it: −32600 for the whole batch.</summary>
    public int MaxBatchSize { get; set; } = 1_000;

    /// <summary>
    /// Reads the section <c>JsonRpc</c>. Throws <see cref="ServerStartException"/> with a message that names the invalid setting.
    /// </summary>
    public static RpcSettings From(IConfiguration configuration)
    {
        var settings = new RpcSettings();
        new Setting(configuration.GetSection("JsonRpc")).Read(settings, s_settings);
        return settings;
    }

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
