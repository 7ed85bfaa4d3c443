// Owns: what a handler may know of the connection a request came in on.
// Does not own: the connection.

using System.Net;

namespace TinyHost;

/// <summary>The two ends of a connection, as the operating system named them when it was accepted.</summary>
public sealed class ConnectionInfo
{
    internal ConnectionInfo(long id, IPEndPoint local, IPEndPoint remote)
    {
        Id = id;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        LocalPort = local.Port;
    }

    /// <summary>A number no other connection in the process has.</summary>
    public long Id { get; }

    /// <summary>Address and port of this end. An IPv4 peer on a socket for both families is shown as IPv4.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Address and port of the peer.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>The port the connection was accepted on. Port routing compares this, never anything the peer sent.</summary>
    public int LocalPort { get; }
}
