// Owns: listening to the spans of a server as an exporter does: all of them, with all their data.

using System.Diagnostics;

namespace TinyHost.Bench.Shared;

internal static class SpanListener
{
    /// <summary>Listens until the listener is disposed.</summary>
    public static ActivityListener Start(string source)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == source,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
