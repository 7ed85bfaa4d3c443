// Owns: reporting a lost connection above the transport. A connection then ends silently; a handler gets an IOException.

using System.Net.Sockets;

namespace TinyHost;

internal sealed class PeerGoneException(Exception? cause = null)
    : IOException("The connection was closed by the peer or by a deadline of the server.", cause)
{
    internal static PeerGoneException From(SocketError error) => new(new SocketException((int)error));
}
