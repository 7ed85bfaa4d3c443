// Owns: the echo of WebSocket messages of the .NET servers.

using System.Net.WebSockets;

namespace TinyHost.Bench.Shared;

internal static class Echo
{
    private const int PieceSize = 16_384;

    /// <summary>Sends back what arrives until the peer closes. A message longer than a piece is sent back in several frames.</summary>
    public static async Task RunAsync(WebSocket socket)
    {
        var buffer = new byte[PieceSize];
        ValueWebSocketReceiveResult received;
        while ((received = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
            await socket.SendAsync(
                buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, CancellationToken.None);
        }

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }
}
