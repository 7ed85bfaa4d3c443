// Owns: sending and receiving exactly so many bytes.

using System.Net.Sockets;

namespace TinyHost.Metrics;

internal static class SocketBytes
{
    /// <summary>Fills a buffer. Returns false if the peer is gone before.</summary>
    internal static async ValueTask<bool> TryReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = await socket.ReceiveAsync(buffer).ConfigureAwait(false);
            if (count == 0)
            {
                return false;
            }

            buffer = buffer[count..];
        }

        return true;
    }

    internal static async ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes).ConfigureAwait(false)..];
        }
    }
}
