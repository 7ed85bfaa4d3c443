// Owns: the seam between a server and connections in memory. TinyHost.Testing puts a network here that has no sockets.

namespace TinyHost;

/// <summary>One for all servers of a host.</summary>
internal interface IMemoryNetwork
{
    /// <summary>The clock of servers that a host makes.</summary>
    TimeProvider Time { get; }

    /// <summary>
    /// A listener without a socket for each port, or Unix socket, of the prefixes. Throws <see cref="ServerStartException"/> if another
    /// server has it.
    /// </summary>
    List<Listener> Listen(Prefix[] prefixes);

    /// <summary>Lets clients connect to these listeners: each connection is given to <paramref name="admit"/>.</summary>
    Action OpenAction(IReadOnlyList<Listener> listeners, Action<Transport, Listener> admit);

    /// <summary>Lets nobody connect to these listeners any more.</summary>
    Action CloseAction(IReadOnlyList<Listener> listeners);
}
