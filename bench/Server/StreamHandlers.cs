// Owns: the handlers of connections that stay open: events and WebSockets.

using TinyHost.Bench.Shared;

namespace TinyHost.Bench.Server;

internal static class StreamHandlers
{
    private static readonly EventFeed s_feed = new();

    /// <summary>Sends the events that are published from now on.</summary>
    public static async Task EventsAsync(RequestContext context)
    {
        using var viewer = s_feed.Watch();
        await context.Response.WriteEventsAsync(viewer.Events.ReadAllAsync());
    }

    public static Task PublishAsync(RequestContext context)
    {
        s_feed.Publish(Content.Event);
        return Handlers.TextAsync(context);
    }

    public static async Task EchoAsync(RequestContext context)
    {
        using var socket = await context.AcceptWebSocketAsync();
        if (socket is not null)
        {
            await Echo.RunAsync(socket);
        }
    }
}
