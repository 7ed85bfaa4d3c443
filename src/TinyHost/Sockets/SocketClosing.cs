// Owns: closing a socket, and its sending half.

using System.Net.Sockets;

namespace TinyHost;

internal static class SocketClosing
{
    /// <summary>Closes the sending half: the peer sees the end of the stream.</summary>
    internal static void ShutdownSend(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is lost. The next operation reports it.
        }
    }

    /// <summary>Closes the socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="reset">Whether the peer sees an error instead of the end of the stream.</param>
    /// <param name="isReceiving">Whether an operation is pending at the socket.</param>
    internal static void Close(Socket socket, bool reset, bool isReceiving)
    {
        if (reset)
        {
            socket.Close(timeout: 0);
            return;
        }

        if (isReceiving)
        {
            // .NET resets a connection that is closed during an operation, unless its sending half was shut down before.
            ShutdownSend(socket);
        }

        socket.Dispose();
    }
}
