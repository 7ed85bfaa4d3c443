// Owns: listening sockets that outlive a process: those that an earlier process left to this one, and those of this one's servers.

using System.Net;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// A kept socket takes the place of one that would have to be bound: for the same address and port or path, and for a prefix with port 0
/// the port that the system chose before. Thread-safe.
/// </summary>
/// <param name="store">Where the sockets of servers are stored for the next process; null for nowhere.</param>
internal sealed partial class KeptSockets(DescriptorStore? store = null)
{
    private readonly Lock _lock = new();
    private readonly List<KeptSocket> _sockets = [];
    private readonly List<Listener> _open = [];
    // Null while servers accept as soon as they run.
    private List<(IReadOnlyList<Listener> Listeners, Action Accept)>? _held;
    private bool _isHandedOver;

    /// <summary>True once another process has taken over: connections are accepted there, so this one may end slowly.</summary>
    internal bool IsHandedOver { get => Volatile.Read(in _isHandedOver); set => Volatile.Write(ref _isHandedOver, value); }

    /// <summary>The listeners of the servers that are running.</summary>
    internal IReadOnlyList<Listener> Open
    {
        get
        {
            lock (_lock)
            {
                return [.. _open];
            }
        }
    }

    internal void Add(KeptSocket socket)
    {
        lock (_lock)
        {
            _sockets.Add(socket);
        }
    }

    /// <summary>Moves the sockets that no server has to a set of their own, with the same store.</summary>
    internal KeptSockets MoveUntaken()
    {
        var moved = new KeptSockets(store);
        lock (_lock)
        {
            moved._sockets.AddRange(_sockets.FindAll(socket => !socket.IsTaken));
            _sockets.RemoveAll(moved._sockets.Contains);
        }

        return moved;
    }

    /// <summary>The socket that was bound to this address and port, if no server has it.</summary>
    internal KeptSocket? Take(IPAddress address, int port) => TakeFirst(socket =>
        socket.EndPoint is not UnixEndPoint && socket.EndPoint.Port == port && socket.EndPoint.Address.Equals(address));

    /// <summary>The Unix socket that was bound to this path, if no server has it.</summary>
    internal KeptSocket? Take(UnixSocket unix) => TakeFirst(socket => (socket.EndPoint as UnixEndPoint)?.Path == unix.Path);

    /// <summary>The port to bind for a prefix: for port 0 the one that the system chose before, if its socket was kept.</summary>
    internal int PortOf(Prefix prefix)
    {
        if (prefix.Port != 0)
        {
            return prefix.Port;
        }

        lock (_lock)
        {
            var before = _sockets.Find(socket =>
                !socket.IsTaken && socket.FreePortPrefixes.Contains(prefix.Key) && IsAddressOf(prefix, socket.EndPoint.Address));
            return before?.EndPoint.Port ?? 0;
        }
    }

    /// <summary>Servers that start do not accept before <see cref="BeginAccepting"/>: another process still does.</summary>
    internal void HoldAccepting() => _held = [];

    /// <summary>Servers accept connections, those that wait and those that start.</summary>
    internal void BeginAccepting()
    {
        List<(IReadOnlyList<Listener> Listeners, Action Accept)>? held;
        lock (_lock)
        {
            held = _held;
            _held = null;
        }

        held?.ForEach(static server => server.Accept());
    }

    /// <summary>A server runs: its listeners are stored, and given to the process that takes over.</summary>
    /// <param name="listeners">The server's.</param>
    /// <param name="logger">The log.</param>
    /// <param name="accept">Begins to accept connections.</param>
    internal void Opened(IReadOnlyList<Listener> listeners, ILogger logger, Action accept)
    {
        lock (_lock)
        {
            _open.AddRange(listeners);
            if (store is not null)
            {
                _sockets.AddRange(store.Store(listeners, _open.Count, logger));
            }

            if (_held is not null)
            {
                _held.Add((listeners, accept));
                return;
            }
        }

        accept();
    }

    /// <summary>A server has stopped.</summary>
    internal void Closed(IReadOnlyList<Listener> listeners)
    {
        lock (_lock)
        {
            _open.RemoveAll(listeners.Contains);
            _held?.RemoveAll(server => server.Listeners == listeners);
        }
    }

    /// <summary>Every server has started: no prefix wants the sockets that none has taken.</summary>
    internal void CloseUnwanted(ILogger logger)
    {
        List<KeptSocket> unwanted;
        lock (_lock)
        {
            unwanted = _sockets.FindAll(socket => socket.TryTake());
            _sockets.RemoveAll(unwanted.Contains);
        }

        foreach (var socket in unwanted)
        {
            LogUnwanted(logger, socket.Source, socket.EndPoint);
            socket.Socket.Dispose();
            if (socket.StoredAs is { } name)
            {
                store?.Remove(name, logger);
            }
        }
    }

    private static bool IsAddressOf(Prefix prefix, IPAddress address) => prefix.IsWildcard
        ? address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.Any)
        : prefix.Addresses.Contains(address);

    private KeptSocket? TakeFirst(Predicate<KeptSocket> isIt)
    {
        lock (_lock)
        {
            return _sockets.Find(socket => isIt(socket) && socket.TryTake());
        }
    }

    [LoggerMessage(80, LogLevel.Information, "No prefix wants the socket of {EndPoint} that {Source} kept: closing it.")]
    private static partial void LogUnwanted(ILogger logger, string source, IPEndPoint endPoint);
}
