// Owns: handlers whose connections stay open until the server stops, for tests of restarts.

using System.Net.WebSockets;

namespace TinyHost.EndToEnd.Daemon;

internal static class RestartHandlers
{
    public static Task ProcessAsync(RequestContext context) => context.Response.WriteTextAsync($"{Environment.ProcessId}");

    /// <summary>Writes a line now and then, and ends when the server stops.</summary>
    public static async Task StreamAsync(RequestContext context)
    {
        var stopping = context.Stopping;
        while (!stopping.IsCancellationRequested)
        {
            await context.Response.WriteTextAsync("line\n");
            await context.Response.FlushAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(50), stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Echoes every message, and closes the WebSocket when the server stops.</summary>
    public static async Task EchoAsync(RequestContext context)
    {
        using var socket = await context.AcceptWebSocketAsync();
        if (socket is null)
        {
            return;
        }

        using var closing = context.Stopping.Register(() => _ = CloseAsync(socket));
        var piece = new byte[4_096];
        WebSocketReceiveResult received;
        while ((received = await socket.ReceiveAsync(piece, context.Aborted)).MessageType != WebSocketMessageType.Close)
        {
            if (socket.State == WebSocketState.Open)
            {
                await socket.SendAsync(piece.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.Aborted);
            }
        }
    }

    private static Task CloseAsync(WebSocket socket) =>
        socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, "restart", CancellationToken.None);
}
