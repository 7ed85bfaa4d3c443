// Owns: what a handler can learn about the connection of its request.

using System.Net;

namespace TinyHost;

/// <summary>
/// The two ends of a connection, as the operating system named them when it was accepted. Where a prefix takes PROXY headers
/// (<c>PrefixOptions.ProxyProtocol</c>), the remote end is the client that the header names.
/// </summary>
public sealed class ConnectionInfo
{
    private readonly IReadOnlyList<string> _prefixes;
    // Null for most connections, of which there may be many.
    private readonly Opening? _opening;

    /// <param name="id">The number.</param>
    /// <param name="local">The server's end.</param>
    /// <param name="remote">The peer's end.</param>
    /// <param name="prefixes">The names of the prefixes of its socket; null for none.</param>
    /// <param name="peer">The process of a Unix socket's peer; null for none.</param>
    internal ConnectionInfo(
        long id, IPEndPoint local, IPEndPoint remote, IReadOnlyList<string>? prefixes = null, PeerCredentials? peer = null)
        : this(id, local, remote, prefixes ?? [], peer is null ? null : new Opening(null, null, peer))
    {
    }

    private ConnectionInfo(long id, IPEndPoint local, IPEndPoint remote, IReadOnlyList<string> prefixes, Opening? opening)
    {
        _prefixes = prefixes;
        _opening = opening;
        Id = id;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        LocalPort = local.Port;
    }

    /// <summary>
    /// Whether the server itself sends the request, <c>OPTIONS *</c> without a socket, to find out for a liveness probe or a watchdog
    /// whether requests get through its chain. A stage that lets requests wait should let this one pass: a server that is busy lives.
    /// </summary>
    public bool IsProbe { get; internal init; }

    /// <summary>A number that is unique in the process.</summary>
    public long Id { get; }

    /// <summary>
    /// The server's address and port. On a socket for both families, IPv4 addresses are shown as IPv4. A <see cref="UnixEndPoint"/> for a
    /// Unix socket.
    /// </summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>
    /// The peer's address and port; the client's if <see cref="ProxyEndPoint"/> has named it. A <see cref="UnixEndPoint"/> for a peer that
    /// has connected to a Unix socket; <see cref="PeerCredentials"/> tells which process it is.
    /// </summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>
    /// The address and port of the proxy that opened the connection and named the client in a PROXY header; null if
    /// <see cref="RemoteEndPoint"/> is the connection's own peer, as it is for a proxy's health checks.
    /// </summary>
    public IPEndPoint? ProxyEndPoint => _opening?.Proxy;

    /// <summary>What the TLS handshake has led to; null on a connection without TLS.</summary>
    public TlsConnectionInfo? Tls => _opening?.Tls;

    /// <summary>
    /// The process that connected to a Unix socket: the client, or the proxy before it. Null on other connections, and on systems other
    /// than Linux.
    /// </summary>
    public PeerCredentials? PeerCredentials => _opening?.Peer;

    /// <summary>
    /// The port on which the connection was accepted: that of <see cref="LocalEndPoint"/>, which a caller could change; 0 for a Unix
    /// socket. Port routing compares this port, never anything that the peer sent.
    /// </summary>
    public int LocalPort { get; }

    /// <summary>
    /// Whether the connection was accepted for the prefix with this name (as in <c>metrics=http://127.0.0.1:0/</c>). Names compare
    /// without regard to case.
    /// </summary>
    public bool IsOfPrefix(string name) => NamedEndPoints.HasName(_prefixes, name);

    /// <summary>The same connection once it is open: from the client that a proxy has named, if any, and with its TLS.</summary>
    internal ConnectionInfo From(IPEndPoint client, IPEndPoint? proxy, TlsConnectionInfo? tls) => proxy is null && tls is null
        ? this
        : new ConnectionInfo(Id, LocalEndPoint, client, _prefixes, new Opening(proxy, tls, PeerCredentials));

    private sealed record Opening(IPEndPoint? Proxy, TlsConnectionInfo? Tls, PeerCredentials? Peer);
}
