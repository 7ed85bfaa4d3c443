// Owns: reading limits from the configuration: those of a server, and those of a prefix.

namespace TinyHost;

/// <summary>Settings named as in <see cref="ServerLimits"/>. The lower bounds are those of the properties' setters.</summary>
internal static class LimitsConfiguration
{
    private const string BytesText = "a whole number of bytes";

    private static readonly Dictionary<string, Action<Setting, ServerLimits>> s_ofConnections = new(StringComparer.OrdinalIgnoreCase)
    {
        ["MaxRequestLineSize"] = (limit, limits) => limits.MaxRequestLineSize = Bytes(limit, 64),
        ["MaxMethodSize"] = (limit, limits) => limits.MaxMethodSize = Bytes(limit, 1),
        ["MaxHeaderSectionSize"] = (limit, limits) => limits.MaxHeaderSectionSize = Bytes(limit, 64),
        ["MaxFieldLines"] = (limit, limits) => limits.MaxFieldLines = limit.Number(1, what: "a whole number of field lines"),
        ["MaxTrailerSectionSize"] = (limit, limits) => limits.MaxTrailerSectionSize = Bytes(limit, 64),
        ["MaxChunkLineSize"] = (limit, limits) => limits.MaxChunkLineSize = Bytes(limit, 16),
        ["MaxRequestBodySize"] = (limit, limits) => limits.MaxRequestBodySize = limit.IsEmpty ? null : limit.LongNumber(what: BytesText),
        ["MaxDrainSize"] = (limit, limits) => limits.MaxDrainSize = Bytes(limit, 0),
        ["ResponseBufferSize"] = (limit, limits) => limits.ResponseBufferSize = Bytes(limit, 1_024),
        ["IdleTimeout"] = (limit, limits) => limits.IdleTimeout = limit.Time(),
        ["HeaderSectionTimeout"] = (limit, limits) => limits.HeaderSectionTimeout = limit.Time(),
        ["MinDataRate"] = (limit, limits) => limits.MinDataRate = limit.Number(0, what: "a whole number of bytes per second"),
        ["MinDataRateGrace"] = (limit, limits) => limits.MinDataRateGrace = limit.Time(),
        ["OpeningTimeout"] = (limit, limits) => limits.OpeningTimeout = limit.Time(),
        ["LingerTimeout"] = (limit, limits) => limits.LingerTimeout = limit.Time(),
    };

    private static readonly Dictionary<string, Action<Setting, ServerLimits>> s_ofServer =
        new(s_ofConnections, StringComparer.OrdinalIgnoreCase)
        {
            ["MaxConnections"] = (limit, limits) => limits.MaxConnections = CountOrNull(limit),
            ["MaxConnectionsPerListener"] = (limit, limits) => limits.MaxConnectionsPerListener = CountOrNull(limit),
            ["ReservedConnections"] = (limit, limits) => limits.ReservedConnections = Count(limit, 0),
            ["MaxBlockedThreads"] = (limit, limits) => limits.MaxBlockedThreads = limit.Number(0, what: "a whole number of threads"),
            ["StreamGrace"] = (limit, limits) => limits.StreamGrace = limit.Time(),
        };

    private static readonly Dictionary<string, Action<Setting, List<Action<ServerLimits>>>> s_changes = s_ofConnections.ToDictionary(
        known => known.Key,
        known => (Action<Setting, List<Action<ServerLimits>>>)((limit, changes) => changes.Add(limits => known.Value(limit, limits))),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Overrides the limits of a server.</summary>
    internal static void Read(Setting setting, ServerLimits limits) => setting.Read(limits, s_ofServer);

    /// <summary>Adds to the changes that a prefix makes to the limits of its server.</summary>
    internal static void Read(Setting setting, PrefixOptions prefix)
    {
        if (setting.IsEmpty)
        {
            return;
        }

        // As they are now: the configuration may change, and is read again then.
        List<Action<ServerLimits>> changes = [limits => limits.SettingsPath = setting.Path];
        setting.Read(changes, s_changes);
        void Change(ServerLimits limits) => changes.ForEach(change => change(limits));

        // Reports what cannot be read before anything is bound.
        Change(new ServerLimits());
        prefix.Limits += Change;
    }

    /// <summary>A number of connections of at least 1; null for an empty setting.</summary>
    internal static int? CountOrNull(Setting setting) => setting.IsEmpty ? null : Count(setting, 1);

    private static int Count(Setting setting, int least) => setting.Number(least, what: "a whole number of connections");

    private static int Bytes(Setting limit, int least) => limit.Number(least, what: BytesText);
}
