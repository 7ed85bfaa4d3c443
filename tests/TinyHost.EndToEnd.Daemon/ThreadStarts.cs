// Owns: counting the managed threads this process has started, as the runtime reports them.
// Does not own: threads the runtime makes for itself.

using System.Diagnostics.Tracing;
using System.Globalization;

namespace TinyHost.EndToEnd.Daemon;

/// <summary>Listens to the runtime's own events. Thread pool workers are counted too: tests bound the pool.</summary>
internal sealed class ThreadStarts : EventListener
{
    /// <summary>Answers with the count so far.</summary>
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

    private const EventKeywords ThreadingKeyword = (EventKeywords)0x10000;

    private int _count;
}
