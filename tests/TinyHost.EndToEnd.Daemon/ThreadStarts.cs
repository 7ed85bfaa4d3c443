// Owns: a count of the managed threads this process has started.

using System.Diagnostics.Tracing;
using System.Globalization;

namespace TinyHost.EndToEnd.Daemon;

/// <summary>
/// Listens to the runtime's events, which do not cover threads of the runtime itself. Thread pool workers count too, so tests bound
/// the pool.
/// </summary>
internal sealed class ThreadStarts : EventListener
{
    private const EventKeywords ThreadingKeyword = (EventKeywords)0x10000;

    private int _count;

    /// <summary>Responds with the count so far.</summary>
    public Task CountAsync(RequestContext context) =>
        context.Response.WriteTextAsync(Volatile.Read(ref _count).ToString(CultureInfo.InvariantCulture));

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Informational, ThreadingKeyword);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName == "ThreadRunning")
        {
            Interlocked.Increment(ref _count);
        }
    }
}
