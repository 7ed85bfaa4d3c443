// Owns: whether one more connection may be opened on a listener, with room kept back for monitoring and for the runtime.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The quota of one listener's connections. Entered by the accept loop alone; left from any thread.</summary>
internal sealed class Gate(GateSet all, int port)
{
    private int _open;
    private volatile bool _isMonitoring;

    internal int Port => port;

    internal int Open => Volatile.Read(ref _open);

    /// <summary>Whether its port serves monitoring alone.</summary>
    internal bool IsMonitoring { get => _isMonitoring; set => _isMonitoring = value; }

    /// <summary>
    /// True when the connection is admitted, which leaves the process that many descriptors; it must <see cref="Leave"/> then.
    /// </summary>
    internal bool TryEnter(int descriptorsLeft, out string? whyNot)
    {
        whyNot = all.WhyNot(this, descriptorsLeft);
        if (whyNot is not null)
        {
            return false;
        }

        Interlocked.Increment(ref _open);
        return true;
    }

    internal void Leave() => Interlocked.Decrement(ref _open);
}

/// <summary>The gates of one server's listeners, which share its limits.</summary>
/// <param name="limits">The server's limits.</param>
/// <param name="descriptorsLeft">How many descriptors the process can still open now that the server listens.</param>
/// <param name="logger">Where a lowered reserve is reported.</param>
internal sealed class GateSet(ServerLimits limits, int descriptorsLeft, ILogger logger)
{
    private readonly List<Gate> _gates = [];
    // Connections kept back for monitoring. 0 until a port serves it.
    private volatile int _reserved;
    private bool _hasReserve;

    private int Most => limits.MaxConnections ?? int.MaxValue;

    /// <summary>A gate for one more listener.</summary>
    internal Gate Add(int port)
    {
        var gate = new Gate(this, port);
        _gates.Add(gate);
        return gate;
    }

    /// <summary>From here on this port serves monitoring alone, and connections are kept back for it.</summary>
    internal void Reserve(int port)
    {
        if (!_hasReserve)
        {
            _hasReserve = true;
            _reserved = CountReserve();
        }

        foreach (var gate in _gates)
        {
            gate.IsMonitoring |= gate.Port == port;
        }
    }

    internal string? WhyNot(Gate gate, int left)
    {
        var reserved = gate.IsMonitoring ? 0 : _reserved;
        var (application, monitoring) = (0, 0);
        foreach (var other in _gates)
        {
            (other.IsMonitoring ? ref monitoring : ref application) += other.Open;
        }

        return gate.Open >= limits.MaxConnectionsPerListener ? "max_connections_per_listener"
            : application + monitoring >= Most || (!gate.IsMonitoring && application >= Most - reserved) ? "max_connections"
            : left < Descriptors.Reserve + reserved ? "too_few_descriptors"
            : null;
    }

    // At most half of the connections there can be: the application must have its share, whatever the setting.
    private int CountReserve()
    {
        var most = Math.Min(Most, Math.Max(descriptorsLeft - Descriptors.Reserve, 0));
        if (limits.ReservedConnections <= most / 2)
        {
            return limits.ReservedConnections;
        }

        Log.ReservedConnectionsLowered(
            logger, limits.ReservedConnections, most / 2, most, most == limits.MaxConnections ? "MaxConnections" : "the limit of open files (ulimit -n)");
        return most / 2;
    }
}
