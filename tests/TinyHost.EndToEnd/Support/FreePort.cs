// Owns: ports for the processes that tests start.
// Does not own: listening on them.

using System.Net;
using System.Net.Sockets;

namespace TinyHost.EndToEnd.Support;

/// <summary>
/// Free TCP ports below the range that operating systems give to outgoing connections, so that none is taken between its choice and
/// its use. Never the same twice in a run.
/// </summary>
internal static class FreePort
{
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
                // Someone else's: try the next one.
            }
        }
    }

    private const int First = 12_000;
    private const int Count = 18_000;

    // Runs on one machine at the same time begin at different places.
    private static int s_last = Environment.ProcessId * 31 % Count;
}
