// Owns: asking once whether a server answers, at as little cost as can be: start-up is measured with it.
// Does not own: asking again.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Bench.Servers;

internal static class FirstResponse
{
    /// <summary>True when the server accepts a connection and begins a response of status 200.</summary>
    public static bool Try(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000 };
        if (!Connect(socket, port))
        {
            return false;
        }

        try
        {
            // HttpListener answers to no other Host than its prefix names.
            socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")));
            Span<byte> response = stackalloc byte[256];
            var length = socket.Receive(response);
            return response[..length].StartsWith("HTTP/1.1 200 "u8);
        }
        catch (SocketException)
        {
            // It listens but does not serve yet.
            return false;
        }
    }

    // Not by Socket.Connect: an exception every millisecond would take its share of the machine from the server that starts.
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
