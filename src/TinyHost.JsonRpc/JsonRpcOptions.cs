// Owns: the options of a handler, and the settings that override them.

using Microsoft.Extensions.Configuration;

namespace TinyHost.JsonRpc;

/// <summary>
/// The options of a <see cref="JsonRpcHandler"/>. Settings in the section <c>JsonRpc</c> of the configuration override them when a server
/// starts.
/// </summary>
public sealed class JsonRpcOptions
{
    internal const string SectionName = "JsonRpc";

    private static readonly Dictionary<string, Action<Setting, JsonRpcOptions>> s_settings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(NoContentStatus)] = (setting, options) => options.NoContentStatus = Status(setting),
        [nameof(MaxMessageSize)] = (setting, options) => options.MaxMessageSize = setting.Number(1, what: "a number of bytes"),
        [nameof(MaxBatchSize)] = (setting, options) => options.MaxBatchSize = setting.Number(1, what: "a number of calls"),
        [nameof(MaxReplySize)] = (setting, options) => options.MaxReplySize = setting.Number(1, what: "a number of bytes"),
    };

    /// <summary>The status code of a response without a reply: 204, the default, or 202 for clients that require it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Another status.</exception>
    public int NoContentStatus
    {
        get;
        set => field = value is 202 or 204
            ? value
            : throw new ArgumentOutOfRangeException(nameof(NoContentStatus), value, "The status must be 202 or 204.");
    } = 204;

    /// <summary>Longest message in bytes. Beyond it: 413. Default 1,048,576.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxMessageSize { get; set => field = AtLeast(1, value, nameof(MaxMessageSize)); } = 1_048_576;

    /// <summary>Most calls in a batch. Beyond it: −32600 for the whole batch. Default 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxBatchSize { get; set => field = AtLeast(1, value, nameof(MaxBatchSize)); } = 1_000;

    /// <summary>
    /// Longest reply in bytes, counting results, to a call or to a whole batch. A call whose result exceeds it is answered with −32003, and
    /// so are the calls of the batch behind it, which do not run. Default 25,000,000.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxReplySize { get; set => field = AtLeast(1, value, nameof(MaxReplySize)); } = 25_000_000;

    /// <summary>A copy with the settings of a section, which override the options.</summary>
    /// <exception cref="ServerStartException">A setting is invalid.</exception>
    internal JsonRpcOptions With(IConfigurationSection? section)
    {
        var copy = (JsonRpcOptions)MemberwiseClone();
        if (section is not null)
        {
            new Setting(section).Read(copy, s_settings);
        }

        return copy;
    }

    private static int AtLeast(int least, int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        return value;
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
