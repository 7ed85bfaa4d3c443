// Owns: ports for servers whose port must be known before they start.

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TinyHost.Tests.Support;

/// <summary>
/// Free TCP ports below the range from which operating systems choose ports themselves, so that no connection and no other server takes
/// one between its selection and its use. No port is returned twice, to this process or to other test processes that run.
/// </summary>
internal static class FreePort
{
    private const int First = 12_000;
    private const int Count = 18_000;

    // The UDP port of the same number reserves a port: the system frees it when the process ends, and nothing here uses UDP.
    private static readonly ConcurrentBag<Socket> s_reservations = [];

    // Simultaneous runs on one machine start at different ports.
    private static int s_last = Environment.ProcessId * 31 % Count;

    internal static int Next()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref s_last) % Count);
            if (TryBind(port, SocketType.Dgram, ProtocolType.Udp) is not { } reservation)
            {
                continue;
            }

            s_reservations.Add(reservation);
            using var probe = TryBind(port, SocketType.Stream, ProtocolType.Tcp);
            if (probe is not null)
            {
                return port;
            }
        }
    }

    private static Socket? TryBind(int port, SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return socket;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            socket.Dispose();
            return null;
        }
    }
}
