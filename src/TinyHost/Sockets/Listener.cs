// Owns: bound, listening sockets: one for each distinct address and port of the prefixes; all or nothing.
// Does not own: accepting on them (AcceptLoop), or which paths they serve (ServedTrees).

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

internal sealed class Listener : IDisposable
{
    // The operating system lowers this to its own limit.
    private const int Backlog = 4_096;
    private const int FreePortAttempts = 16;

    private readonly ServedTrees _trees;

    private Listener(Socket socket)
    {
        Socket = socket;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        _trees = new ServedTrees(EndPoint.Address);
    }

    internal Socket Socket { get; }

    internal IPEndPoint EndPoint { get; }

    /// <summary>The base paths served at one of this listener's addresses, without the trailing <c>/</c>, longest first; empty when the whole tree is served.</summary>
    internal IReadOnlyList<string> BasePathsAt(IPAddress local) => _trees.At(local);

    /// <summary>
    /// Binds every prefix; the listeners are in the order of the prefixes. Throws <see cref="ServerStartException"/> naming the prefix that
    /// failed; nothing stays bound then.
    /// </summary>
    internal static List<Listener> BindAll(Prefix[] prefixes, SocketSettings? settings = null)
    {
        settings ??= new SocketSettings();
        var bound = new List<Listener>();
        try
        {
            var ofPrefix = new List<Listener>[prefixes.Length];
            for (var rank = 0; rank <= LastRank; rank++)
            {
                for (var i = 0; i < prefixes.Length; i++)
                {
                    if (Rank(prefixes[i]) == rank)
                    {
                        ofPrefix[i] = Bind(prefixes[i], bound, settings);
                        AddNew(ofPrefix[i], bound);
                    }
                }
            }

            var inOrder = new List<Listener>(bound.Count);
            for (var i = 0; i < prefixes.Length; i++)
            {
                ofPrefix[i].ForEach(listener => listener._trees.Add(prefixes[i]));
                AddNew(ofPrefix[i], inOrder);
            }

            return inOrder;
        }
        catch
        {
            bound.ForEach(listener => listener.Dispose());
            throw;
        }
    }

    public void Dispose() => Socket.Dispose();

    private const int LastRank = 3;

    /// <summary>
    /// When a prefix is bound. The wider an address the sooner, since it serves the narrower ones of its port as well and cannot be bound after
    /// them. Port 0 comes last, so that the system does not choose a port that another prefix names.
    /// </summary>
    private static int Rank(Prefix prefix) =>
        prefix.Port == 0 ? LastRank
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

    private static List<Listener> Bind(Prefix prefix, List<Listener> bound, SocketSettings settings)
    {
        try
        {
            return prefix.Addresses switch
            {
                [] => [BindEvery(prefix.Port, bound, settings)],
                [var address] => [BindOne(address, prefix.Port, bound, settings)],
                var loopbacks => BindLoopbacks(loopbacks, prefix.Port, bound, settings),
            };
        }
        catch (SocketException e)
        {
            throw new ServerStartException($"Cannot listen on {prefix}: {Why(e.SocketErrorCode)}.", e);
        }
    }

    private static Listener BindEvery(int port, List<Listener> bound, SocketSettings settings)
    {
        if (Socket.OSSupportsIPv6)
        {
            try
            {
                return BindOne(IPAddress.IPv6Any, port, bound, settings);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
            {
                // IPv6 is compiled in but switched off.
            }
        }

        return BindOne(IPAddress.Any, port, bound, settings);
    }

    // Port 0 must become the same port on both loopback addresses.
    private static List<Listener> BindLoopbacks(IReadOnlyList<IPAddress> addresses, int port, List<Listener> bound, SocketSettings settings)
    {
        for (var attempt = 1; ; attempt++)
        {
            var first = BindOne(addresses[0], port, bound, settings);
            try
            {
                // A port that the system chose is this prefix's own: sharing it would serve the prefix where another is meant.
                return [first, BindOne(addresses[1], first.EndPoint.Port, port == 0 ? [] : bound, settings)];
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
            {
                return [first];
            }
            catch (SocketException)
            {
                if (!bound.Contains(first))
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

    private static Listener BindOne(IPAddress address, int port, List<Listener> bound, SocketSettings settings)
    {
        if (port != 0 && bound.Find(other => other.Serves(address, port)) is { } same)
        {
            return same;
        }

        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = address.Equals(IPAddress.IPv6Any);
            }

            settings.SetListening(socket);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(Backlog);
            var listener = new Listener(socket);
            if (port != 0 || !bound.Exists(other => other.EndPoint.Port == listener.EndPoint.Port))
            {
                return listener;
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        // The system may choose the same port for another address; it chooses again while this one is taken.
        using (socket)
        {
            return BindOne(address, port, bound, settings);
        }
    }

    private bool Serves(IPAddress address, int port) =>
        EndPoint.Port == port
        && (EndPoint.Address.Equals(address)
            || EndPoint.Address.Equals(IPAddress.IPv6Any)
            || (EndPoint.Address.Equals(IPAddress.Any) && address.AddressFamily == AddressFamily.InterNetwork));

    internal static string Why(SocketError error) => error switch
    {
        SocketError.AddressAlreadyInUse => "address in use",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressNotAvailable => "no such address on this machine",
        SocketError.AddressFamilyNotSupported => "this machine does not support the address family",
        _ => new SocketException((int)error).Message,
    };
}
