// Owns: what is known about a connection that has been accepted and admitted.

namespace TinyHost;

/// <param name="Transport">The socket's.</param>
/// <param name="Info">Its end points, as the operating system names them.</param>
/// <param name="Listener">Where it was accepted.</param>
/// <param name="Quota">Where it has a place, to be given back.</param>
/// <param name="OpenedAt">A time stamp for the metrics.</param>
internal sealed record AcceptedConnection(
    SocketTransport Transport, ConnectionInfo Info, Listener Listener, ConnectionQuota Quota, long OpenedAt);
