// Owns: the limits that a prefix has of its own: on its open connections, on those that wait to be accepted, and in the place of the
// server's.

namespace TinyHost;

/// <summary>The listeners of a prefix share them. The accept loop alone counts connections up; any thread counts them down.</summary>
internal sealed class PrefixLimits
{
    private static readonly Settings s_none = new(null, null);

    private readonly string? _settingsPath;
    private Settings _set;
    private volatile int _most;
    private int _open;

    /// <summary>Throws <see cref="FormatException"/> whose message is one sentence.</summary>
    /// <param name="prefix">The prefix, for the message.</param>
    /// <param name="set">What is set.</param>
    /// <param name="backlog">The size of the queue; null for the default.</param>
    /// <param name="settingsPath">Where the settings are in the configuration; null if they come from the program alone.</param>
    internal PrefixLimits(Prefix prefix, Settings set, int? backlog, string? settingsPath)
    {
        Backlog = backlog;
        _settingsPath = settingsPath;
        _set = set;
        SetMost();
        var server = new ServerLimits();
        var own = server.Copy();
        set.Change?.Invoke(own);
        if (ChangedOfServer(server, own) is { } name)
        {
            throw new FormatException($"the Limits of {prefix} change {name}, which is a limit of the whole server.");
        }
    }

    /// <summary>The size of the queue of connections to accept; null for the default.</summary>
    internal int? Backlog { get; }

    /// <summary>The limits of connections in the place of the server's; null for the server's.</summary>
    internal ServerLimits? InForce { get; private set; }

    internal bool IsFull => Volatile.Read(ref _open) >= _most;

    internal void Enter() => Interlocked.Increment(ref _open);

    internal void Leave() => Interlocked.Decrement(ref _open);

    /// <summary>What the limits are with these of the server. Changes nothing.</summary>
    /// <param name="server">The limits of the server.</param>
    /// <param name="settings">The settings of prefixes as they are now, by their paths; null if they have not changed.</param>
    internal Values Derive(ServerLimits server, IReadOnlyDictionary<string, Settings>? settings = null)
    {
        var set = _settingsPath is null || settings is null ? _set : settings.GetValueOrDefault(_settingsPath, s_none);
        var own = set.Change is null ? null : server.Copy();
        set.Change?.Invoke(own!);
        return new Values(set, own);
    }

    internal void Use(Values values)
    {
        (_set, InForce) = (values.Set, values.Limits);
        SetMost();
    }

    /// <summary>Throws <see cref="ServerStartException"/> unless prefixes with these limits can share a socket.</summary>
    internal static void ThrowUnlessSame(
        Prefix first, Prefix other, ServerLimits server, IReadOnlyDictionary<string, Settings>? settings = null)
    {
        var (one, two) = (first.OwnLimits?.Derive(server, settings), other.OwnLimits?.Derive(server, settings));
        if (one?.Set.MaxConnections != two?.Set.MaxConnections
            || first.OwnLimits?.Backlog != other.OwnLimits?.Backlog
            || (one?.Set.Change != two?.Set.Change && OfConnections(one?.Limits ?? server) != OfConnections(two?.Limits ?? server)))
        {
            throw new ServerStartException(
                $"Cannot start: the prefixes {first} and {other} share a socket, so both need the same MaxConnections, Backlog and "
                + "Limits.");
        }
    }

    private static string? ChangedOfServer(ServerLimits server, ServerLimits own) =>
        own.MaxConnections != server.MaxConnections ? nameof(server.MaxConnections)
        : own.MaxConnectionsPerListener != server.MaxConnectionsPerListener ? nameof(server.MaxConnectionsPerListener)
        : own.ReservedConnections != server.ReservedConnections ? nameof(server.ReservedConnections)
        : own.MaxBlockedThreads != server.MaxBlockedThreads ? nameof(server.MaxBlockedThreads)
        : own.StreamGrace != server.StreamGrace ? nameof(server.StreamGrace)
        : null;

    private static (int, int, int, int, int, int, long?, int, int, TimeSpan, TimeSpan, TimeSpan, int, TimeSpan, TimeSpan) OfConnections(
        ServerLimits own) => (
            own.MaxRequestLineSize, own.MaxMethodSize, own.MaxHeaderSectionSize, own.MaxFieldLines, own.MaxTrailerSectionSize,
            own.MaxChunkLineSize, own.MaxRequestBodySize, own.MaxDrainSize, own.ResponseBufferSize, own.IdleTimeout,
            own.HeaderSectionTimeout, own.OpeningTimeout, own.MinDataRate, own.MinDataRateGrace, own.LingerTimeout);

    private void SetMost() => _most = _set.MaxConnections ?? int.MaxValue;

    /// <param name="MaxConnections">The limit on open connections; null for none.</param>
    /// <param name="Change">Changes the limits of the server; null for no change.</param>
    internal sealed record Settings(int? MaxConnections, Action<ServerLimits>? Change);

    /// <param name="Set">What they come from.</param>
    /// <param name="Limits">The changed limits of the server; null for those of the server.</param>
    internal sealed record Values(Settings Set, ServerLimits? Limits);
}
