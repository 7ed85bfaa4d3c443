// Owns: ports for the processes that tests start.

using System.Net;
using System.Net.Sockets;

namespace TinyHost.EndToEnd.Support;

/// <summary>
/// Free TCP ports below the range that operating systems use for outgoing connections, so that no other program takes one between
/// its selection and its use. No port is returned twice in a run.
/// </summary>
internal static class FreePort
{
    private const int First = 12_000;
    private const int Count = 18_000;

    // Simultaneous runs on one machine start at different ports.
    private static int s_last = Environment.ProcessId * 31 % Count;

    public static int Next()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref s_last) % Count);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // The port is in use: try the next.
            }
        }
    }
}
