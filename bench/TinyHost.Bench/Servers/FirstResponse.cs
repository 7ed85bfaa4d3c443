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
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
            // HttpListener answers to no other Host than its prefix names.
            socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")));
            Span<byte> response = stackalloc byte[256];
            var length = socket.Receive(response);
            return response[..length].StartsWith("HTTP/1.1 200 "u8);
        }
        catch (SocketException)
        {
            // Not listening yet.
            return false;
        }
    }
}
