// Owns: what the operating system knows about a connection without an operation: whether the peer is there, and what it has acknowledged.
// Source: Linux, struct tcp_info of linux/tcp.h.

using System.Net.Sockets;

namespace TinyHost;

internal static class SocketState
{
    private const int Tcp = 6;
    private const int TcpInfo = 11;

    // Offsets into tcp_info. The connection's state is its first byte.
    private const int UnackedAt = 24;
    private const int BytesAckedAt = 120;
    private const int NotSentAt = 144;
    private const int TcpInfoSize = 148;
    private const byte Closed = 7;
    private const byte CloseWait = 8;

    internal static PeerState PeerOf(Socket socket)
    {
        try
        {
            return OperatingSystem.IsWindows() ? WindowsSocketState.PeerOf(socket)
                : !OperatingSystem.IsLinux() ? Poll(socket)
                : socket.AddressFamily == AddressFamily.Unix ? UnixPeer.StateOf(socket)
                : ReadState(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return PeerState.Gone;
        }
    }

    /// <summary>See <see cref="Transport.IsDelivering"/>. Known on Linux only.</summary>
    internal static bool IsDelivering(Socket socket, out long delivered)
    {
        delivered = 0;
        Span<byte> info = stackalloc byte[TcpInfoSize];
        try
        {
            if (!OperatingSystem.IsLinux()
                || socket.AddressFamily == AddressFamily.Unix
                || socket.GetRawSocketOption(Tcp, TcpInfo, info) < TcpInfoSize)
            {
                return false;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A lost connection delivers nothing more.
            return false;
        }

        delivered = BitConverter.ToInt64(info[BytesAckedAt..]);
        return BitConverter.ToInt32(info[UnackedAt..]) > 0 || BitConverter.ToInt32(info[NotSentAt..]) > 0;
    }

    // Polling would miss an end that comes after unreceived bytes, and would take an urgent byte for an error.
    private static PeerState ReadState(Socket socket)
    {
        Span<byte> state = stackalloc byte[1];
        return socket.GetRawSocketOption(Tcp, TcpInfo, state) != 1 ? PeerState.Present
            : state[0] switch
            {
                Closed => PeerState.Gone,
                CloseWait => PeerState.FinishedSending,
                _ => PeerState.Present,
            };
    }

    private static PeerState Poll(Socket socket) =>
        socket.Poll(0, SelectMode.SelectError) ? PeerState.Gone
        : socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0 ? PeerState.FinishedSending
        : PeerState.Present;
}
