// Owns: a listener for each distinct address and port, or Unix socket, of the prefixes: one that was passed, or else bound; all or none.

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

internal sealed class Binding
{
    // The operating system lowers this to its own limit.
    internal const int DefaultBacklog = 4_096;
    private const int FreePortAttempts = 16;
    private const int LastRank = 3;

    private readonly List<Listener> _bound = [];
    private readonly SocketSettings _settings;
    private readonly InheritedSockets _inherited;

    private Binding(SocketSettings settings, InheritedSockets inherited) => (_settings, _inherited) = (settings, inherited);

    /// <summary>
    /// Binds every prefix and returns the listeners in the order of the prefixes. Throws <see cref="ServerStartException"/> that names the
    /// prefix which failed; then nothing stays bound.
    /// </summary>
    internal static List<Listener> BindAll(Prefix[] prefixes, SocketSettings? settings = null, InheritedSockets? inherited = null)
    {
        var binding = new Binding(settings ?? new SocketSettings(), inherited ?? new InheritedSockets([]));
        try
        {
            return binding.BindInOrder(prefixes);
        }
        catch
        {
            binding._bound.ForEach(listener => listener.Dispose());
            throw;
        }
    }

    /// <summary>Why a socket could not be bound, for an error message.</summary>
    internal static string Reason(SocketError error) => error switch
    {
        SocketError.AddressAlreadyInUse => "address in use",
        // Windows reserves ranges of ports, and needs no permission for any other port.
        SocketError.AccessDenied when OperatingSystem.IsWindows() => "another program has taken the port, or Windows has reserved it",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressNotAvailable => "no such address on this machine",
        SocketError.AddressFamilyNotSupported => "this machine does not support the address family",
        _ => new SocketException((int)error).Message,
    };

    private List<Listener> BindInOrder(Prefix[] prefixes)
    {
        var listenersOf = new List<Listener>[prefixes.Length];
        for (var rank = 0; rank <= LastRank; rank++)
        {
            for (var i = 0; i < prefixes.Length; i++)
            {
                if (Rank(prefixes[i]) == rank)
                {
                    listenersOf[i] = _inherited.Sockets.Count > 0 && FindInherited(prefixes[i]) is { Count: > 0 } passed
                        ? passed
                        : Bind(prefixes[i]);
                    AddNew(listenersOf[i], _bound);
                }
            }
        }

        var inOrder = new List<Listener>(_bound.Count);
        for (var i = 0; i < prefixes.Length; i++)
        {
            listenersOf[i].ForEach(listener => listener.Add(prefixes[i]));
            AddNew(listenersOf[i], inOrder);
        }

        return inOrder;
    }

    // A wider address is bound first: it also serves the narrower addresses of its port and cannot be bound after them. Port 0 is bound
    // last, so that the system does not choose a port which another prefix names.
    private static int Rank(Prefix prefix) =>
        prefix.Port == 0 && prefix.Unix is null ? LastRank
        : prefix.IsWildcard ? 0
        : prefix.Addresses is not [var address] ? 2
        : address.Equals(IPAddress.IPv6Any) ? 0
        : address.Equals(IPAddress.Any) ? 1
        : 2;

    private static void AddNew(List<Listener> listeners, List<Listener> list)
    {
        foreach (var listener in listeners)
        {
            if (!list.Contains(listener))
            {
                list.Add(listener);
            }
        }
    }

    private List<Listener> FindInherited(Prefix prefix)
    {
        List<Listener> listeners = [];
        foreach (var socket in _inherited.FindFor(prefix))
        {
            if (_bound.Find(listener => listener.Inherited == socket) is { } shared)
            {
                listeners.Add(shared);
            }
            else if (socket.TryTake())
            {
                _settings.SetListening(socket.Socket);
                if (prefix.OwnLimits?.Backlog is { } backlog)
                {
                    // Changes the size of the queue and nothing else.
                    socket.Socket.Listen(backlog);
                }

                listeners.Add(new Listener(socket.Socket, inherited: socket));
            }
        }

        return listeners;
    }

    private List<Listener> Bind(Prefix prefix)
    {
        if (prefix.Unix is { } unix)
        {
            return [_bound.Find(listener => (listener.EndPoint as UnixEndPoint)?.Path == unix.Path)
                ?? UnixBinding.Bind(prefix, BacklogOf(prefix), _inherited.Kept.Take(unix))];
        }

        var port = _inherited.Kept.PortOf(prefix);
        try
        {
            return prefix.Addresses switch
            {
                [] => [BindWildcard(prefix, port)],
                [var address] => [BindOne(prefix, address, port, _bound)],
                var loopbacks => BindLoopbacks(prefix, loopbacks, port),
            };
        }
        catch (SocketException e)
        {
            var addedFor = prefix.AddedFor is { } whose ? $", {whose}" : "";
            throw new ServerStartException($"Cannot listen on {prefix}{addedFor}: {Reason(e.SocketErrorCode)}.", e);
        }
    }

    private Listener BindWildcard(Prefix prefix, int port)
    {
        if (Socket.OSSupportsIPv6)
        {
            try
            {
                return BindOne(prefix, IPAddress.IPv6Any, port, _bound);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
            {
                // IPv6 is compiled in but switched off.
            }
        }

        return BindOne(prefix, IPAddress.Any, port, _bound);
    }

    // Port 0 must become the same port on both loopback addresses.
    private List<Listener> BindLoopbacks(Prefix prefix, IReadOnlyList<IPAddress> addresses, int port)
    {
        for (var attempt = 1; ; attempt++)
        {
            var first = BindOne(prefix, addresses[0], port, _bound);
            try
            {
                // A port chosen by the system must not be shared with another prefix, which would then serve this one too.
                return [first, BindOne(prefix, addresses[1], first.EndPoint.Port, port == 0 ? [] : _bound)];
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
            {
                return [first];
            }
            catch (SocketException)
            {
                if (!_bound.Contains(first))
                {
                    first.Dispose();
                }

                if (port != 0 || attempt == FreePortAttempts)
                {
                    throw;
                }
            }
        }
    }

    private Listener BindOne(Prefix prefix, IPAddress address, int port, List<Listener> shareable)
    {
        if (port != 0 && shareable.Find(other => Serves(other.EndPoint, address, port)) is { } same)
        {
            return same;
        }

        if (_inherited.Kept.Take(address, port) is { } kept)
        {
            _settings.SetListening(kept.Socket);
            kept.Socket.Listen(BacklogOf(prefix));
            return kept.Listen();
        }

        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = address.Equals(IPAddress.IPv6Any);
            }

            _settings.SetListening(socket);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(BacklogOf(prefix));
            var listener = new Listener(socket);
            if (port != 0 || !shareable.Exists(other => other.EndPoint.Port == listener.EndPoint.Port))
            {
                return listener;
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        // The system chose a port that is taken on another address. It chooses a different one while this socket is open.
        using (socket)
        {
            return BindOne(prefix, address, port, shareable);
        }
    }

    private static int BacklogOf(Prefix prefix) => prefix.OwnLimits?.Backlog ?? DefaultBacklog;

    /// <summary>Whether a socket bound there receives connections to this address and port. That of IPv6 stands for IPv4 too.</summary>
    internal static bool Serves(IPEndPoint bound, IPAddress address, int port) =>
        bound.Port == port
        && (bound.Address.Equals(address)
            || bound.Address.Equals(IPAddress.IPv6Any)
            || (bound.Address.Equals(IPAddress.Any) && address.AddressFamily == AddressFamily.InterNetwork));
}
