// Owns: how many connections each listener may have open, with some reserved for monitoring and descriptors left for the runtime.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The open connections of one listener. The accept loop alone counts them up; any thread counts them down.</summary>
internal sealed class ConnectionQuota(ConnectionQuotas all, int port, PrefixLimits? own, IReadOnlyList<string> prefixes)
{
    private int _open;
    private volatile bool _isMonitoring;

    internal int Open => Volatile.Read(ref _open);

    internal bool IsPrefixFull => own?.IsFull == true;

    /// <summary>Whether the port, or the Unix socket, serves monitoring only.</summary>
    internal bool IsMonitoring { get => _isMonitoring; set => _isMonitoring = value; }

    /// <summary>
    /// Counts a connection that leaves the process <paramref name="descriptorsLeft"/> descriptors; <see cref="Leave"/> must follow. Returns
    /// null, or the reason for which the connection must be closed.
    /// </summary>
    internal string? TryEnter(int descriptorsLeft)
    {
        var reason = all.ReasonToRefuse(this, descriptorsLeft);
        if (reason is null)
        {
            Interlocked.Increment(ref _open);
            own?.Enter();
        }

        return reason;
    }

    internal bool IsServedBy(Stage monitoring) => monitoring.MonitoringPort is { } its
        ? port == its
        : monitoring.MonitoringPrefix is { } name && NamedEndPoints.HasName(prefixes, name);

    internal void Leave()
    {
        Interlocked.Decrement(ref _open);
        own?.Leave();
    }
}

/// <summary>The quotas of one server's listeners, which share its limits.</summary>
/// <param name="limits">The server's limits.</param>
/// <param name="descriptorsLeft">How many descriptors the process can still open once the server listens.</param>
/// <param name="logger">Where a lowered reserve is reported.</param>
internal sealed class ConnectionQuotas(ServerLimits limits, int descriptorsLeft, ILogger logger)
{
    private readonly List<ConnectionQuota> _quotas = [];
    // Connections reserved for monitoring. 0 until a port serves it.
    private volatile int _reserved;
    private bool _hasReserve;

    internal ServerLimits Limits { get; set; } = limits;

    private int MaxConnections => Limits.MaxConnections ?? int.MaxValue;

    /// <summary>Adds a listener.</summary>
    /// <param name="port">Its port; 0 for a Unix socket.</param>
    /// <param name="own">The limits of its prefixes; null for those of the server alone.</param>
    /// <param name="prefixes">The names of its prefixes.</param>
    internal ConnectionQuota Add(int port, PrefixLimits? own = null, params IReadOnlyList<string> prefixes)
    {
        var quota = new ConnectionQuota(this, port, own, prefixes);
        _quotas.Add(quota);
        return quota;
    }

    /// <summary>From now on the port or prefix of this stage serves monitoring only, and connections are reserved for it.</summary>
    internal void Reserve(Stage monitoring)
    {
        if (!_hasReserve)
        {
            _hasReserve = true;
            _reserved = MonitoringReserve.Count(Limits, descriptorsLeft, logger);
        }

        foreach (var quota in _quotas)
        {
            quota.IsMonitoring |= quota.IsServedBy(monitoring);
        }
    }

    internal string? ReasonToRefuse(ConnectionQuota quota, int left)
    {
        // MaxConnections may have been lowered since.
        var reserved = quota.IsMonitoring ? 0 : Math.Min(_reserved, MaxConnections / 2);
        var (application, monitoring) = (0, 0);
        foreach (var other in _quotas)
        {
            (other.IsMonitoring ? ref monitoring : ref application) += other.Open;
        }

        return quota.IsPrefixFull ? "max_connections_per_prefix"
            : quota.Open >= Limits.MaxConnectionsPerListener ? "max_connections_per_listener"
            : application + monitoring >= MaxConnections ? "max_connections"
            : !quota.IsMonitoring && application >= MaxConnections - reserved ? "max_connections"
            : left < Descriptors.Reserve + reserved ? "too_few_descriptors"
            : null;
    }
}
