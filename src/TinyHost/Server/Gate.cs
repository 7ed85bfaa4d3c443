// Owns: whether one more connection may be opened on a listener, with room kept back for monitoring.
// Does not own: the connections.

namespace TinyHost;

/// <summary>How many connections are open on all listeners of a server.</summary>
internal sealed class OpenConnections
{
    internal int Count;
}

/// <summary>One for each listener. Entered by the accept loop alone; left from any thread.</summary>
internal sealed class Gate(OpenConnections all, int most, int mostHere)
{
    private int _here;

    /// <summary>Gates for listeners, in their order, by the limits and the ports that serve monitoring alone.</summary>
    internal static Gate[] For(IEnumerable<Listener> listeners, ServerLimits limits, IReadOnlySet<int> monitoringPorts)
    {
        var all = new OpenConnections();
        var most = limits.MaxConnections ?? int.MaxValue;
        // Where there are few at all, monitoring may not take more than half of them.
        var reserved = monitoringPorts.Count == 0 ? 0 : Math.Min(limits.ReservedConnections, most / 2);
        return
        [
            .. listeners.Select(listener => new Gate(
                all,
                monitoringPorts.Contains(listener.EndPoint.Port) ? most : most - reserved,
                limits.MaxConnectionsPerListener ?? int.MaxValue)),
        ];
    }

    /// <summary>True when the connection is admitted; it must <see cref="Leave"/> then.</summary>
    internal bool TryEnter(out string? whyNot)
    {
        whyNot = Volatile.Read(ref _here) >= mostHere ? "max_connections_per_listener"
            : Volatile.Read(ref all.Count) >= most ? "max_connections"
            : null;
        if (whyNot is not null)
        {
            return false;
        }

        Interlocked.Increment(ref _here);
        Interlocked.Increment(ref all.Count);
        return true;
    }

    internal void Leave()
    {
        Interlocked.Decrement(ref _here);
        Interlocked.Decrement(ref all.Count);
    }
}
