// Owns: recording in instruments whatever their listeners do: the call that records runs the listeners and throws what they throw.

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TinyHost;

internal readonly struct GuardedHistogram(Histogram<double>? histogram, ObserverGuard guard)
{
    internal bool Enabled => histogram?.Enabled == true;

    internal void Record(double value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            histogram?.Record(value, tags);
        }
        catch (Exception failure)
        {
            guard.ListenerFailed(histogram!, failure);
        }
    }

    internal void Record(double value, in TagList tags)
    {
        try
        {
            histogram?.Record(value, tags);
        }
        catch (Exception failure)
        {
            guard.ListenerFailed(histogram!, failure);
        }
    }
}

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
