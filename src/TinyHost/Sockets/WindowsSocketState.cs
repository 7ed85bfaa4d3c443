// Owns: what Windows knows about the peer of a TCP connection without an operation.
// Sources: mstcpip.h, SIO_TCP_INFO, TCP_INFO_v0 and TCPSTATE; Winsock, recv.

using System.Net.Sockets;

namespace TinyHost;

internal static class WindowsSocketState
{
    private const int TcpInfo = unchecked((int)0xD8000027);
    private const int TcpInfoSize = 88;
    private const int Closed = 0;
    private const int CloseWait = 7;

    // Windows 10 version 1703.
    private static readonly bool s_hasTcpInfo = OperatingSystem.IsWindowsVersionAtLeast(10, 0, 15063);
    private static readonly byte[] s_version = new byte[sizeof(int)];

    /// <summary>The socket does not block. Where Windows does not tell the state, an end behind unreceived bytes is missed.</summary>
    internal static PeerState PeerOf(Socket socket) => (s_hasTcpInfo ? ReadState(socket) : null) ?? Peek(socket);

    private static PeerState? ReadState(Socket socket)
    {
        var info = new byte[TcpInfoSize];
        try
        {
            return socket.IOControl(TcpInfo, s_version, info) < sizeof(int) ? null
                : BitConverter.ToInt32(info) switch
                {
                    Closed => PeerState.Gone,
                    CloseWait => PeerState.FinishedSending,
                    _ => PeerState.Present,
                };
        }
        catch (SocketException)
        {
            // The connection is lost or the system lacks the request. Peeking tells which.
            return null;
        }
    }

    // Polling for an error would take an urgent byte for one.
    private static PeerState Peek(Socket socket)
    {
        Span<byte> next = stackalloc byte[1];
        var count = socket.Receive(next, SocketFlags.Peek, out var error);
        return error switch
        {
            SocketError.WouldBlock => PeerState.Present,
            SocketError.Success => count == 0 ? PeerState.FinishedSending : PeerState.Present,
            _ => PeerState.Gone,
        };
    }
}
