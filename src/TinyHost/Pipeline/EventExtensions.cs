// Owns: server-sent events as members of a response.

namespace TinyHost;

/// <summary>Streams of events for a browser's <c>EventSource</c> (HTML Living Standard §9.2).</summary>
public static class EventExtensions
{
    /// <summary>
    /// Sends each event as soon as <paramref name="events"/> yields it, as <c>text/event-stream</c> that nothing caches or buffers. After
    /// 15 seconds without an event a comment is sent, so that nothing takes the connection for dead. The stream ends with the source, or
    /// when the server begins to stop; browsers then reconnect. Throws <see cref="OperationCanceledException"/> when
    /// <paramref name="cancellationToken"/> is cancelled or the client leaves. In all these cases the token that the source is enumerated
    /// with is cancelled; the stream waits for a source that ignores it. HEAD is answered without asking the source.
    /// </summary>
    public static Task WriteEventsAsync(
        this Response response, IAsyncEnumerable<ServerSentEvent> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(events);
        return EventStream.SendAsync(response, events, static (response, item) => item.WriteTo(response), cancellationToken);
    }

    /// <summary>As the other overload, with texts that are the data of events.</summary>
    public static Task WriteEventsAsync(
        this Response response, IAsyncEnumerable<string> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(events);
        return EventStream.SendAsync(
            response, events, static (response, data) => ServerSentEvent.WriteData(response, data), cancellationToken);
    }
}
