// Owns: which errors of an accept concern the peer alone.
// Sources: accept(2); AcceptEx and SO_UPDATE_ACCEPT_CONTEXT on Windows, where a peer that has reset its connection is not connected.

using System.Net.Sockets;

namespace TinyHost;

internal static class AcceptError
{
    // ERROR_NETNAME_DELETED, which Windows reports unmapped.
    private const SocketError NameDeleted = (SocketError)64;

    /// <summary>The peer left before it was accepted.</summary>
    internal static bool IsPeerGone(Exception failure) => failure is SocketException
    {
        SocketErrorCode: SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted or SocketError.NotConnected
            or NameDeleted,
    };
}
