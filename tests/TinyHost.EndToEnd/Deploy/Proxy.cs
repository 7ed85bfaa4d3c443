// Owns: waiting until a proxy that has been started listens.

using System.Net.Sockets;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

internal static class Proxy
{
    public static Task WaitAsync(ChildProcess proxy, int port) =>
        Deadline.UntilAsync("the proxy", () => IsListeningAsync(proxy, port), isListening => isListening);

    private static async Task<bool> IsListeningAsync(ChildProcess proxy, int port)
    {
        Assert.False(proxy.HasExited, $"The proxy has ended.\n{proxy}");
        try
        {
            using var connection = await RawConnection.OpenAsync(port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
