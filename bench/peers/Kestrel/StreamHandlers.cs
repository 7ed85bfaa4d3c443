// Owns: the handlers of connections that stay open: events and WebSockets.

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

    /// <summary>Sends the events that are published from now on.</summary>
    public static async Task EventsAsync(HttpContext context)
    {
        using var viewer = s_feed.Watch();
        await TypedResults.ServerSentEvents(viewer.Events.ReadAllAsync()).ExecuteAsync(context);
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
