// Owns: testing once whether a server responds, cheaply enough to measure startup.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Bench.Servers;

internal static class FirstResponse
{
    /// <summary>Returns true if the server accepts a connection and starts a response with status 200.</summary>
    public static bool Try(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        if (!Connect(socket, port))
        {
            return false;
        }

        try
        {
            // HttpListener only accepts the Host of its prefix.
            var host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
            socket.Send(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
            Span<byte> response = stackalloc byte[256];
            var length = socket.Receive(response);
            return response[..length].StartsWith("HTTP/1.1 200 "u8);
        }
        catch (SocketException)
        {
            // The server listens but does not serve yet.
            return false;
        }
    }

    // Socket.Connect would throw every millisecond and take processor time from the starting server.
    private static bool Connect(Socket socket, int port)
    {
        using var connected = new ManualResetEventSlim();
        using var operation = new SocketAsyncEventArgs { RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, port) };
        operation.Completed += (_, _) => connected.Set();
        if (socket.ConnectAsync(operation))
        {
            connected.Wait();
        }

        return operation.SocketError == SocketError.Success;
    }
}
