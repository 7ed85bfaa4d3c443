// Owns: the instruments that are left out because a family has their name, until that family is gone or they are.
// Does not own: which those are (FamilyRegistry), nor letting them in (MetricCollector).

using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>
/// What waits for a name. Nobody is told of the end of an instrument that is not listened to, so nothing here keeps one alive: the meter does until it is
/// disposed. Its methods are called under the collector's lock, but for <see cref="IsDisposed"/>.
/// </summary>
internal sealed class RefusedInstruments
{
    private readonly ConditionalWeakTable<Instrument, Refusal> _refusals = [];
    private long _count;

    internal bool Contains(Instrument instrument) => _refusals.TryGetValue(instrument, out _);

    /// <summary>Keeps an instrument for when the family is gone that has its name, or one of its samples'.</summary>
    internal void Add(Instrument instrument, InstrumentDefinition definition, MetricFamily rival) =>
        _refusals.Add(instrument, new Refusal(definition, rival, _count++));

    /// <summary>Takes out those that waited for this family to go, the first refused first. Some of them may be disposed.</summary>
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

    /// <summary>Whether an instrument's meter is disposed: a listener that is to listen to it is told at once that there is nothing more to come.</summary>
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
