// Owns: finding a port that nobody listens on.
// Does not own: keeping it free.

using System.Net;
using System.Net.Sockets;

namespace TinyHost.Bench.Servers;

internal static class FreePort
{
    /// <summary>Two ports that the system says are free.</summary>
    public static (int App, int Metrics) Pair()
    {
        using var first = Bind();
        using var second = Bind();
        return (((IPEndPoint)first.LocalEndPoint!).Port, ((IPEndPoint)second.LocalEndPoint!).Port);
    }

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
