// Owns: testing once whether a server responds, cheaply enough to measure startup.

using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace TinyHost.Bench.Servers;

internal static class FirstResponse
{
    /// <summary>Returns true if the server accepts a connection and starts a response with status 200.</summary>
    public static bool Try(int port, bool isSecure)
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
            var request = Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            Span<byte> response = stackalloc byte[256];
            var length = isSecure ? ExchangeSecurely(socket, request, response) : Exchange(socket, request, response);
            return response[..length].StartsWith("HTTP/1.1 200 "u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // The server listens but does not serve yet.
            return false;
        }
    }

    private static int Exchange(Socket socket, byte[] request, Span<byte> response)
    {
        socket.Send(request);
        return socket.Receive(response);
    }

    private static int ExchangeSecurely(Socket socket, byte[] request, Span<byte> response)
    {
        using var stream = new SslStream(
            new NetworkStream(socket), leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate is not null);
        stream.AuthenticateAsClient("127.0.0.1");
        stream.Write(request);
        return stream.Read(response);
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
