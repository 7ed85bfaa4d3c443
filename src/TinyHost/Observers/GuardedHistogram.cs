// Owns: recording in a histogram whatever its listeners do: the call that records runs them and throws what they throw.

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
}
