// Owns: recording in counters whatever their listeners do.

using System.Diagnostics.Metrics;

namespace TinyHost;

internal readonly struct GuardedCounter(Counter<long>? counter, ObserverGuard guard)
{
    internal void Add(long delta, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter?.Add(delta, tags);
        }
        catch (Exception failure)
        {
            guard.ListenerFailed(counter!, failure);
        }
    }
}

internal readonly struct GuardedUpDownCounter(UpDownCounter<long>? counter, ObserverGuard guard)
{
    internal void Add(long delta)
    {
        try
        {
            counter?.Add(delta);
        }
        catch (Exception failure)
        {
            guard.ListenerFailed(counter!, failure);
        }
    }
}
