// Owns: the handlers of the server in the slow-reader matrix.

using System.Net.WebSockets;

namespace TinyHost.Tests.SlowReaders;

internal static class ClosingHandlers
{
    private static readonly byte[] s_content = [.. Enumerable.Repeat((byte)'x', ClosingWay.ContentLength)];

    internal static Task HandleAsync(RequestContext context) => context.Request.Path switch
    {
        "/upgrade" => UpgradeAsync(context),
        "/websocket" => SendMessageAsync(context),
        "/small" => context.Response.WriteTextAsync("small"),
        _ => WriteAsync(context),
    };

    private static async Task WriteAsync(RequestContext context)
    {
        var response = context.Response;
        if (context.Request.Path.StartsWith("/last", StringComparison.Ordinal))
        {
            response.CloseConnection();
        }

        if (!context.Request.Path.EndsWith("/chunked", StringComparison.Ordinal))
        {
            response.ContentLength = s_content.Length;
            await response.WriteAsync(s_content);
            return;
        }

        for (var at = 0; at < s_content.Length; at += 1 << 16)
        {
            await response.WriteAsync(s_content.AsMemory(at, 1 << 16));
            await response.FlushAsync();
        }
    }

    private static async Task UpgradeAsync(RequestContext context)
    {
        await using var stream = await context.UpgradeAsync("line");
        await stream.WriteAsync(s_content);
    }

    private static async Task SendMessageAsync(RequestContext context)
    {
        using var socket = (await context.AcceptWebSocketAsync())!;
        await socket.SendAsync(s_content, WebSocketMessageType.Binary, endOfMessage: true, default);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
    }
}
