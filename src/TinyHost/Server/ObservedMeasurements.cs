// Owns: handing measurements to whoever observes an instrument, in a sequence that is used again.
// Does not own: what is measured (ServerMetrics).

using System.Collections;
using System.Diagnostics.Metrics;

namespace TinyHost;

/// <summary>
/// A sequence of measurements and its own enumerator. It is enumerated once, on the thread that took it, and then that thread's next: observing
/// allocates nothing, and listeners that observe at the same time do not meet.
/// </summary>
internal sealed class ObservedMeasurements : IEnumerable<Measurement<long>>, IEnumerator<Measurement<long>>
{
    [ThreadStatic]
    private static ObservedMeasurements? t_idle;

    private readonly List<Measurement<long>> _measurements = [];
    private int _next;

    public Measurement<long> Current => _measurements[_next - 1];

    object IEnumerator.Current => Current;

    /// <summary>An empty sequence.</summary>
    internal static ObservedMeasurements Take()
    {
        var taken = t_idle ?? new ObservedMeasurements();
        t_idle = null;
        taken._measurements.Clear();
        return taken;
    }

    /// <summary>A sequence of one measurement without attributes.</summary>
    internal static ObservedMeasurements Of(long value) => Take().With(new Measurement<long>(value));

    internal ObservedMeasurements With(Measurement<long> measurement)
    {
        _measurements.Add(measurement);
        return this;
    }

    public IEnumerator<Measurement<long>> GetEnumerator()
    {
        _next = 0;
        return this;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool MoveNext() => _next++ < _measurements.Count;

    public void Reset() => _next = 0;

    public void Dispose() => t_idle = this;
}
