// Owns: whether one more connection may be opened on a listener, with room kept back for monitoring and for the runtime.
// Does not own: the connections.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>How many connections of some kind are open, and how many may be.</summary>
internal sealed class OpenConnections(int most)
{
    private int _count;

    internal bool IsFull => Volatile.Read(ref _count) >= most;

    internal void Enter() => Interlocked.Increment(ref _count);

    internal void Leave() => Interlocked.Decrement(ref _count);
}

/// <summary>
/// One for each listener: its connections count among all of the server, among those of its kind (the application's or monitoring's), and
/// on their own. Entered by the accept loop alone; left from any thread.
/// </summary>
internal sealed class Gate(OpenConnections all, OpenConnections kind, OpenConnections here, int leastDescriptors, bool isMonitoring)
{
    /// <summary>Whether its connections serve monitoring alone.</summary>
    internal bool IsMonitoring => isMonitoring;

    /// <summary>
    /// A gate for each listener, by the limits and the ports that serve monitoring alone. <paramref name="descriptorsLeft"/> is how many the process
    /// can still open now that it listens.
    /// </summary>
    internal static Dictionary<Listener, Gate> For(List<Listener> listeners, ServerLimits limits, List<int> monitoringPorts, int descriptorsLeft, ILogger logger)
    {
        var most = limits.MaxConnections ?? int.MaxValue;
        var reserved = monitoringPorts.Count == 0 ? 0 : Reserve(limits, Math.Max(descriptorsLeft - Descriptors.Reserve, 0), logger);
        var (all, application, monitoring) = (new OpenConnections(most), new OpenConnections(most - reserved), new OpenConnections(most));
        var gates = new Dictionary<Listener, Gate>();
        foreach (var listener in listeners)
        {
            var isMonitoring = monitoringPorts.Contains(listener.EndPoint.Port);
            gates.Add(listener, new Gate(
                all,
                isMonitoring ? monitoring : application,
                new OpenConnections(limits.MaxConnectionsPerListener ?? int.MaxValue),
                isMonitoring ? Descriptors.Reserve : Descriptors.Reserve + reserved,
                isMonitoring));
        }

        return gates;
    }

    // At most half of the connections there can be: the application must have its share, whatever the setting.
    private static int Reserve(ServerLimits limits, int descriptors, ILogger logger)
    {
        var most = Math.Min(limits.MaxConnections ?? int.MaxValue, descriptors);
        if (limits.ReservedConnections <= most / 2)
        {
            return limits.ReservedConnections;
        }

        Log.ReservedConnectionsLowered(
            logger, limits.ReservedConnections, most / 2, most, most == limits.MaxConnections ? "MaxConnections" : "the limit of open files (ulimit -n)");
        return most / 2;
    }

    /// <summary>
    /// True when the connection is admitted, which leaves the process that many descriptors; it must <see cref="Leave"/> then.
    /// </summary>
    internal bool TryEnter(int descriptorsLeft, out string? whyNot)
    {
        whyNot = here.IsFull ? "max_connections_per_listener"
            : all.IsFull || kind.IsFull ? "max_connections"
            : descriptorsLeft < leastDescriptors ? "too_few_descriptors"
            : null;
        if (whyNot is not null)
        {
            return false;
        }

        all.Enter();
        kind.Enter();
        here.Enter();
        return true;
    }

    internal void Leave()
    {
        all.Leave();
        kind.Leave();
        here.Leave();
    }
}
