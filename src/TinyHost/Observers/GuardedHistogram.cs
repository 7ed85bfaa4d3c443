// Owns: recording in a histogram whatever the meter listeners do.
// Does not own: the histogram (GuardedMeter), or what is recorded.

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace TinyHost;

/// <summary>A listener's callback runs inside the call that records, and its exception leaves it.</summary>
internal readonly struct GuardedHistogram(Histogram<double>? histogram, ObserverGuard guard)
{
    internal bool Enabled => histogram?.Enabled == true;

    internal void Record(double value, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            histogram?.Record(value, tags);
        }
#pragma warning disable CA1031 // Reported by the guard, here and below.
        catch (Exception failure)
        {
            Failed(failure);
        }
    }

    internal void Record(double value, in TagList tags)
    {
        try
        {
            histogram?.Record(value, tags);
        }
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failed(failure);
        }
    }

    private void Failed(Exception failure) => guard.Failed($"A meter listener of instrument {histogram!.Name}", failure);
}
