// Owns: one listening socket that an earlier process of this program bound, and that a server of this one may go on with.

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

internal sealed class KeptSocket
{
    private int _isTaken;

    /// <param name="socket">The socket.</param>
    /// <param name="source">Who kept it, for the log.</param>
    /// <param name="freePortPrefixes">The <see cref="Prefix.Key"/> of each prefix with port 0 that the socket was bound for.</param>
    internal KeptSocket(Socket socket, string source, IReadOnlyList<string> freePortPrefixes)
    {
        Socket = socket;
        Source = source;
        FreePortPrefixes = freePortPrefixes;
        EndPoint = Listener.EndPointOf(socket);
    }

    internal Socket Socket { get; }

    internal string Source { get; }

    internal IPEndPoint EndPoint { get; }

    internal IReadOnlyList<string> FreePortPrefixes { get; }

    internal bool IsTaken => Volatile.Read(in _isTaken) != 0;

    /// <summary>Its name in systemd's descriptor store; null if it is not there.</summary>
    internal string? StoredAs { get; init; }

    /// <summary>A listener for the socket.</summary>
    /// <param name="file">Its file, if it is a Unix socket with one.</param>
    internal Listener Listen(SocketFile? file = null) => new(Socket, file) { Kept = this, IsShared = StoredAs is null };

    internal bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>The server has stopped: the socket stays open for the next start.</summary>
    internal void Release() => Volatile.Write(ref _isTaken, 0);
}
