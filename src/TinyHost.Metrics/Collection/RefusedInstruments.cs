// Owns: instruments left out because another family has their name, until either is gone.

using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>
/// Instruments that wait for a name. A listener that does not listen to an instrument is not told of its end, so the references here are
/// weak: a live meter keeps its instruments alive. Callers hold the listener's lock, except for <see cref="IsDisposed"/>.
/// </summary>
internal sealed class RefusedInstruments
{
    private readonly ConditionalWeakTable<Instrument, Refusal> _refusals = [];
    private long _count;

    internal bool Contains(Instrument instrument) => _refusals.TryGetValue(instrument, out _);

    /// <summary>Remembers an instrument until the family that has its name, or one of its samples', is gone.</summary>
    internal void Add(Instrument instrument, InstrumentDefinition definition, MetricFamily rival) =>
        _refusals.Add(instrument, new Refusal(definition, rival, _count++));

    /// <summary>Removes and returns the instruments that waited for this family to go, in order of refusal. Some may be disposed.</summary>
    internal List<(Instrument Instrument, InstrumentDefinition Definition)> Take(MetricFamily gone)
    {
        var waiting = new List<KeyValuePair<Instrument, Refusal>>();
        foreach (var refused in _refusals)
        {
            if (refused.Value.Rival == gone)
            {
                waiting.Add(refused);
            }
        }

        waiting.Sort(static (x, y) => x.Value.Number.CompareTo(y.Value.Number));
        waiting.ForEach(refused => _refusals.Remove(refused.Key));
        return waiting.ConvertAll(refused => (refused.Key, refused.Value.Definition));
    }

    /// <summary>
    /// Whether an instrument's meter is disposed: then a new listener is told at once that its measurements are completed.
    /// </summary>
    internal static bool IsDisposed(Instrument instrument)
    {
        var isDisposed = false;
        using var listener = new MeterListener();
        listener.MeasurementsCompleted = (_, _) => isDisposed = true;
        listener.EnableMeasurementEvents(instrument);
        return isDisposed;
    }

    private sealed record Refusal(InstrumentDefinition Definition, MetricFamily Rival, long Number);
}
