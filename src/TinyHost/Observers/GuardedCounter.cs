// Owns: adding to a counter whatever the meter listeners do.
// Does not own: the counter (GuardedMeter), or what is counted.

using System.Diagnostics.Metrics;

namespace TinyHost;

/// <summary>A counter that only goes up.</summary>
internal readonly struct GuardedCounter(Counter<long>? counter, ObserverGuard guard)
{
    internal void Add(long delta, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter?.Add(delta, tags);
        }
#pragma warning disable CA1031 // Reported by the guard.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed($"A meter listener of instrument {counter!.Name}", failure);
        }
    }
}

/// <summary>A counter that goes down as well.</summary>
internal readonly struct GuardedUpDownCounter(UpDownCounter<long>? counter, ObserverGuard guard)
{
    internal void Add(long delta)
    {
        try
        {
            counter?.Add(delta);
        }
#pragma warning disable CA1031 // Reported by the guard.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed($"A meter listener of instrument {counter!.Name}", failure);
        }
    }
}
