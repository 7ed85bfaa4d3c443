// Owns: bound, listening sockets: one for each distinct address and port of the prefixes; all or nothing.
// Does not own: accepting on them (AcceptLoop).

using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class Listener : IDisposable
{
    // The operating system lowers this to its own limit.
    private const int Backlog = 4_096;
    private const int FreePortAttempts = 16;

    // As Go's net/http, with fewer probes.
    private const int KeepAliveSeconds = 15;
    private const int KeepAliveProbes = 4;

    private readonly List<ServedTree> _trees = [];
    private bool _wholeTree;

    private Listener(Socket socket)
    {
        Socket = socket;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    internal Socket Socket { get; }

    internal IPEndPoint EndPoint { get; }

    /// <summary>
    /// The base paths served at one of this listener's addresses, without the trailing <c>/</c>, longest first; empty when the whole tree
    /// is served. A prefix for one address that shares a wildcard's socket is still for that address alone.
    /// </summary>
    internal IReadOnlyList<string> BasePathsAt(IPAddress local) => _wholeTree ? [] : FindBasePaths(local);

    // By itself, so that compiling an accept does not load LINQ, half a megabyte, where the whole tree is served.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private IReadOnlyList<string> FindBasePaths(IPAddress local)
    {
        var paths = _trees.Where(tree => tree.Address is null || tree.Address.Equals(local)).Select(tree => tree.BasePath).ToList();
        return paths.Contains("") ? [] : [.. paths.Distinct().OrderByDescending(path => path.Length)];
    }

    /// <summary>Binds every prefix. Throws <see cref="ServerStartException"/> naming the one that failed; nothing stays bound then.</summary>
    internal static List<Listener> BindAll(Prefix[] prefixes)
    {
        var listeners = new List<Listener>();
        try
        {
            // Wildcards first: they serve every single address of their port as well.
            BindAll(prefixes, wildcards: true, listeners);
            BindAll(prefixes, wildcards: false, listeners);
            return listeners;
        }
        catch
        {
            listeners.ForEach(listener => listener.Dispose());
            throw;
        }
    }

    public void Dispose() => Socket.Dispose();

    private static void BindAll(Prefix[] prefixes, bool wildcards, List<Listener> bound)
    {
        foreach (var prefix in prefixes)
        {
            if (prefix.IsWildcard != wildcards)
            {
                continue;
            }

            foreach (var listener in Bind(prefix, bound))
            {
                listener.Add(prefix);
                if (!bound.Contains(listener))
                {
                    bound.Add(listener);
                }
            }
        }
    }

    private static List<Listener> Bind(Prefix prefix, List<Listener> bound)
    {
        try
        {
            return prefix.Addresses switch
            {
                [] => [BindEvery(prefix.Port, bound)],
                [var address] => [BindOne(address, prefix.Port, bound)],
                var loopbacks => BindLoopbacks(loopbacks, prefix.Port, bound),
            };
        }
        catch (SocketException e)
        {
            throw new ServerStartException($"Cannot listen on {prefix}: {Why(e.SocketErrorCode)}.", e);
        }
    }

    private static Listener BindEvery(int port, List<Listener> bound)
    {
        if (Socket.OSSupportsIPv6)
        {
            try
            {
                return BindOne(IPAddress.IPv6Any, port, bound);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
            {
                // IPv6 is compiled in but switched off.
            }
        }

        return BindOne(IPAddress.Any, port, bound);
    }

    // Port 0 must become the same port on both loopback addresses.
    private static List<Listener> BindLoopbacks(IReadOnlyList<IPAddress> addresses, int port, List<Listener> bound)
    {
        for (var attempt = 1; ; attempt++)
        {
            var first = BindOne(addresses[0], port, bound);
            try
            {
                return [first, BindOne(addresses[1], first.EndPoint.Port, bound)];
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

    private static Listener BindOne(IPAddress address, int port, List<Listener> bound)
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

            // Accepted sockets inherit these on Linux; elsewhere each is set for itself.
            Prepare(socket);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(Backlog);
            return new Listener(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// What every connection has: small segments at once, and probes when the peer is silent. A peer that has closed everything looks like one
    /// that has merely finished sending, until a probe is answered with a reset.
    /// </summary>
    internal static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
    }

    private void Add(Prefix prefix)
    {
        var basePath = prefix.Path.TrimEnd('/');
        if (prefix.IsWildcard)
        {
            _trees.Add(new ServedTree(null, basePath));
        }

        var isForAll = true;
        foreach (var address in prefix.Addresses)
        {
            _trees.Add(new ServedTree(address, basePath));
            isForAll &= address.Equals(EndPoint.Address);
        }

        // For every address there is: nothing to look up when a connection comes.
        _wholeTree |= basePath.Length == 0 && isForAll;
    }

    private bool Serves(IPAddress address, int port) =>
        EndPoint.Port == port
        && (EndPoint.Address.Equals(address)
            || EndPoint.Address.Equals(IPAddress.IPv6Any)
            || (EndPoint.Address.Equals(IPAddress.Any) && address.AddressFamily == AddressFamily.InterNetwork));

    /// <summary>What is served at an address; at every one where it is null.</summary>
    private sealed record ServedTree(IPAddress? Address, string BasePath);

    internal static string Why(SocketError error) => error switch
    {
        SocketError.AddressAlreadyInUse => "address in use",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressNotAvailable => "no such address on this machine",
        SocketError.AddressFamilyNotSupported => "this machine does not support the address family",
        _ => new SocketException((int)error).Message,
    };
}
