// Owns: one listening socket that this process was given instead of binding it, and which prefixes it is for.

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

internal sealed class InheritedSocket
{
    private int _isTaken;

    /// <param name="socket">The socket.</param>
    /// <param name="name">Its name; null without one.</param>
    /// <param name="source">Who passed it, for the log.</param>
    internal InheritedSocket(Socket socket, string? name, string source)
    {
        Socket = socket;
        Name = name;
        Source = source;
        EndPoint = IsListening(socket)
            ? socket.LocalEndPoint as IPEndPoint ?? (socket.LocalEndPoint is { } unix ? new UnixEndPoint(unix.ToString()!) : null)
            : null;
    }

    internal Socket Socket { get; }

    internal string? Name { get; }

    internal string Source { get; }

    /// <summary>Where it listens; null for anything but a listening stream socket.</summary>
    internal IPEndPoint? EndPoint { get; }

    internal bool IsTaken => Volatile.Read(in _isTaken) != 0;

    /// <summary>For a message: its end point and name.</summary>
    public override string ToString() => Name is null ? $"{EndPoint}" : $"{EndPoint} named '{Name}'";

    internal bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>The server has stopped: the socket stays open, and connections wait in its queue for the next start.</summary>
    internal void Release() => Volatile.Write(ref _isTaken, 0);

    internal bool IsNamed(string? name) => Name is not null && string.Equals(Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether connections to the prefix arrive here: the same path, or the same port and an address of the prefix. For a prefix with every
    /// address, the socket decides which those are.
    /// </summary>
    internal bool IsAt(Prefix prefix) => EndPoint switch
    {
        null => false,
        UnixEndPoint unix => unix.Path == prefix.Unix?.Path,
        _ => prefix.Unix is null && EndPoint.Port == prefix.Port && (prefix.IsEveryAddress || IsAtAddressOf(prefix)),
    };

    /// <summary>Whether it receives connections to one of the addresses of the prefix.</summary>
    internal bool IsAtAddressOf(Prefix prefix)
    {
        foreach (var address in prefix.Addresses)
        {
            if (Binding.Serves(EndPoint!, address, EndPoint!.Port)
                && (Socket.AddressFamily != AddressFamily.InterNetworkV6
                    || address.AddressFamily == AddressFamily.InterNetworkV6
                    || Socket.DualMode))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it is a listening stream socket.</summary>
    internal static bool IsListening(Socket socket)
    {
        try
        {
            return socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 or AddressFamily.Unix
                && socket.SocketType == SocketType.Stream
                && (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)! != 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
