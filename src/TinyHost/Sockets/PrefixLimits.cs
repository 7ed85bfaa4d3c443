// Owns: the limits that a prefix has of its own: on its open connections, on those that wait to be accepted, and in the place of the
// server's.

namespace TinyHost;

/// <summary>The listeners of a prefix share them. The accept loop alone counts connections up; any thread counts them down.</summary>
internal sealed class PrefixLimits
{
    private readonly string? _settingsPath;
    private int? _maxConnections;
    private Action<ServerLimits>? _change;
    private volatile int _most;
    private int _open;

    /// <summary>Throws <see cref="FormatException"/> whose message is one sentence.</summary>
    internal PrefixLimits(Prefix prefix, PrefixOptions options)
    {
        _settingsPath = options.SettingsPath;
        _change = options.Limits;
        Backlog = options.Backlog;
        SetMost(options.MaxConnections);
        var server = new ServerLimits();
        var own = server.Copy();
        _change?.Invoke(own);
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
    internal Values Derive(ServerLimits server, IReadOnlyDictionary<string, PrefixOptions>? settings = null)
    {
        var (most, change) = (_maxConnections, _change);
        if (_settingsPath is not null && settings is not null)
        {
            var now = settings.GetValueOrDefault(_settingsPath);
            (most, change) = (now?.MaxConnections, now?.Limits);
        }

        var own = change is null ? null : server.Copy();
        change?.Invoke(own!);
        return new Values(most, change, own);
    }

    internal void Use(Values values)
    {
        SetMost(values.MaxConnections);
        (_change, InForce) = (values.Change, values.Limits);
    }

    /// <summary>Throws <see cref="ServerStartException"/> unless prefixes with these limits can share a socket.</summary>
    internal static void ThrowUnlessSame(
        Prefix first, Prefix other, ServerLimits server, IReadOnlyDictionary<string, PrefixOptions>? settings = null)
    {
        var (one, two) = (first.OwnLimits?.Derive(server, settings), other.OwnLimits?.Derive(server, settings));
        if (one?.MaxConnections != two?.MaxConnections
            || first.OwnLimits?.Backlog != other.OwnLimits?.Backlog
            || (one?.Change != two?.Change && OfConnections(one?.Limits ?? server) != OfConnections(two?.Limits ?? server)))
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

    private void SetMost(int? maxConnections)
    {
        _maxConnections = maxConnections;
        _most = maxConnections ?? int.MaxValue;
    }

    /// <param name="MaxConnections">The limit on open connections; null for none.</param>
    /// <param name="Change">Changes the limits of the server.</param>
    /// <param name="Limits">The changed limits; null for those of the server.</param>
    internal sealed record Values(int? MaxConnections, Action<ServerLimits>? Change, ServerLimits? Limits);
}
