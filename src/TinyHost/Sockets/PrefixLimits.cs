// Owns: the limits that a prefix has of its own: on its open connections, on those that wait to be accepted, and in the place of the
// server's.

namespace TinyHost;

/// <summary>The listeners of a prefix share them. The accept loop alone counts connections up; any thread counts them down.</summary>
internal sealed class PrefixLimits
{
    private readonly int? _maxConnections;
    private readonly Action<ServerLimits>? _change;
    private readonly ServerLimits _sample;
    private int _open;

    /// <summary>Throws <see cref="FormatException"/> whose message is one sentence.</summary>
    internal PrefixLimits(Prefix prefix, int? maxConnections, int? backlog, Action<ServerLimits>? change)
    {
        _maxConnections = maxConnections;
        _change = change;
        Backlog = backlog;
        var server = new ServerLimits();
        _sample = server.Copy();
        change?.Invoke(_sample);
        if (ChangedOfServer(server, _sample) is { } name)
        {
            throw new FormatException($"the Limits of {prefix} change {name}, which is a limit of the whole server.");
        }
    }

    /// <summary>The size of the queue of connections to accept; null for the default.</summary>
    internal int? Backlog { get; }

    /// <summary>The limits of connections in the place of the server's; null for the server's.</summary>
    internal ServerLimits? InForce { get; set; }

    internal bool IsFull => Volatile.Read(ref _open) >= _maxConnections;

    internal void Enter() => Interlocked.Increment(ref _open);

    internal void Leave() => Interlocked.Decrement(ref _open);

    /// <summary>The limits of connections, from those of the server; null for those.</summary>
    internal ServerLimits? Derive(ServerLimits server)
    {
        var own = _change is null ? null : server.Copy();
        _change?.Invoke(own!);
        return own;
    }

    /// <summary>Whether prefixes with these limits can share a socket.</summary>
    internal static bool AreSame(PrefixLimits? one, PrefixLimits? other) =>
        one?._maxConnections == other?._maxConnections
        && one?.Backlog == other?.Backlog
        && (one?._change == other?._change || OfConnections(one) == OfConnections(other));

    private static string? ChangedOfServer(ServerLimits server, ServerLimits own) =>
        own.MaxConnections != server.MaxConnections ? nameof(server.MaxConnections)
        : own.MaxConnectionsPerListener != server.MaxConnectionsPerListener ? nameof(server.MaxConnectionsPerListener)
        : own.ReservedConnections != server.ReservedConnections ? nameof(server.ReservedConnections)
        : own.MaxBlockedThreads != server.MaxBlockedThreads ? nameof(server.MaxBlockedThreads)
        : own.StreamGrace != server.StreamGrace ? nameof(server.StreamGrace)
        : null;

    private static (int, int, int, int, int, int, long?, int, int, TimeSpan, TimeSpan, TimeSpan, int, TimeSpan, TimeSpan) OfConnections(
        PrefixLimits? limits)
    {
        var own = limits?._sample ?? new ServerLimits();
        return (own.MaxRequestLineSize, own.MaxMethodSize, own.MaxHeaderSectionSize, own.MaxFieldLines, own.MaxTrailerSectionSize,
            own.MaxChunkLineSize, own.MaxRequestBodySize, own.MaxDrainSize, own.ResponseBufferSize, own.IdleTimeout,
            own.HeaderSectionTimeout, own.OpeningTimeout, own.MinDataRate, own.MinDataRateGrace, own.LingerTimeout);
    }
}
