// Owns: handing measurements to whoever observes an instrument, in a sequence that is used again.
// Does not own: what is measured.

using System.Collections;
using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>
/// A sequence of the measurements there are when it is walked. The walk of one who observes is used by the next, so that observing allocates
/// nothing; those who observe at the same time have walks of their own.
/// </summary>
/// <param name="fill">Adds the measurements to the list.</param>
internal sealed class ReusedMeasurements<T>(Action<List<Measurement<T>>> fill) : IEnumerable<Measurement<T>>
    where T : struct
{
    private Walk? _idle;

    public IEnumerator<Measurement<T>> GetEnumerator()
    {
        var walk = Interlocked.Exchange(ref _idle, null) ?? new Walk(this);
        walk.Begin(fill);
        return walk;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Walk(ReusedMeasurements<T> owner) : IEnumerator<Measurement<T>>
    {
        private readonly List<Measurement<T>> _measurements = [];
        private int _next;

        public Measurement<T> Current => _measurements[_next - 1];

        object IEnumerator.Current => Current;

        internal void Begin(Action<List<Measurement<T>>> fill)
        {
            _measurements.Clear();
            fill(_measurements);
            Reset();
        }

        public bool MoveNext() => _next++ < _measurements.Count;

        public void Reset() => _next = 0;

        public void Dispose() => Volatile.Write(ref owner._idle, this);
    }
}
