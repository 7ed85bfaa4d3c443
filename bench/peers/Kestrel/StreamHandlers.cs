// Owns: the handlers of connections that stay open: events and WebSockets.

using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Peers.Kestrel;

internal static class StreamHandlers
{
    private static readonly EventFeed s_feed = new();

    // In front of this one path alone: other requests do not pass through it.
    private static readonly WebSocketMiddleware s_webSockets =
        new(EchoAcceptedAsync, Options.Create(new WebSocketOptions()), NullLoggerFactory.Instance);

    /// <summary>
    /// Sends the events that are published from now on. By hand: <c>TypedResults.ServerSentEvents</c> keeps the head back until the first
    /// event, so that a browser does not know that it is connected.
    /// </summary>
    public static async Task EventsAsync(HttpContext context)
    {
        using var viewer = s_feed.Watch();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var writer = context.Response.BodyWriter;
        await writer.FlushAsync(context.RequestAborted);
        await foreach (var data in viewer.Events.ReadAllAsync(context.RequestAborted))
        {
            writer.Write("data: "u8);
            Encoding.UTF8.GetBytes(data, writer);
            writer.Write("\n\n"u8);
            await writer.FlushAsync(context.RequestAborted);
        }
    }

    public static Task PublishAsync(HttpContext context)
    {
        s_feed.Publish(Content.Event);
        return Handlers.TextAsync(context);
    }

    public static Task EchoAsync(HttpContext context) => s_webSockets.Invoke(context);

    private static async Task EchoAcceptedAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        await Echo.RunAsync(socket);
    }
}
