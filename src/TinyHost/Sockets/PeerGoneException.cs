// Owns: the one way in which a lost connection shows itself above the transport.
// Does not own: any decision about it: to a connection it means an end in silence, to a handler an IOException.

using System.Net.Sockets;

namespace TinyHost;

internal sealed class PeerGoneException : IOException
{
    public PeerGoneException(Exception? cause = null)
        : base("The connection was closed by the peer or by the server's own deadline.", cause)
    {
    }

    internal static PeerGoneException From(SocketError error) => new(new SocketException((int)error));
}
