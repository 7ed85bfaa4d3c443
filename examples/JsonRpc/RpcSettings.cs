// Owns: the settings of this daemon, section JsonRpc of the configuration, and their checks.
// Does not own: the host's settings, section TinyHost.

using System.Globalization;
using Microsoft.Extensions.Configuration;
using TinyHost;

namespace JsonRpc;

/// <summary>What can be set, with its default.</summary>
internal sealed class RpcSettings
{
    /// <summary>The status code when there is nothing to reply: 204, or 202 for clients that insist on it.</summary>
    public int NoContentStatus { get; init; } = 204;

    /// <summary>The longest message in bytes. Over it: 413.</summary>
    public int MaxMessageSize { get; init; } = 1_048_576;

    /// <summary>The most calls in a batch. Over it: −32600 for the batch as a whole.</summary>
    public int MaxBatchSize { get; init; } = 1_000;

    /// <summary>Reads the section <c>JsonRpc</c>. Throws <see cref="ServerStartException"/> with a sentence that names the setting.</summary>
    public static RpcSettings From(IConfiguration configuration)
    {
        var defaults = new RpcSettings();
        return new RpcSettings
        {
            NoContentStatus = Number(configuration, nameof(NoContentStatus), defaults.NoContentStatus, value => value is 202 or 204, "202 or 204"),
            MaxMessageSize = Number(configuration, nameof(MaxMessageSize), defaults.MaxMessageSize, value => value > 0, "a whole number of bytes above 0"),
            MaxBatchSize = Number(configuration, nameof(MaxBatchSize), defaults.MaxBatchSize, value => value > 0, "a whole number of calls above 0"),
        };
    }

    private static int Number(IConfiguration configuration, string name, int otherwise, Predicate<int> isAllowed, string allowed)
    {
        var key = $"JsonRpc:{name}";
        var text = configuration[key];
        if (text is null)
        {
            return otherwise;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && isAllowed(value)
            ? value
            : throw new ServerStartException($"Cannot start: the setting {key} is '{text}': it must be {allowed}.");
    }
}
