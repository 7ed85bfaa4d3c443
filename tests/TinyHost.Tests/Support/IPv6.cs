// Owns: whether this machine can be reached by IPv6.

using System.Net;
using System.Net.Sockets;

namespace TinyHost.Tests.Support;

internal static class IPv6
{
    internal static async Task<bool> IsOnLoopbackAsync()
    {
        try
        {
            using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
            listener.Start();
            using var client = new TcpClient(AddressFamily.InterNetworkV6);
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
