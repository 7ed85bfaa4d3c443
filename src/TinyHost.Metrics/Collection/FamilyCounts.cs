// Owns: reporting a count for each family that is not zero, such as that of its series.
// Does not own: the families.

using System.Collections;
using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

/// <summary>A sequence of measurements and its own enumerator: observing it allocates nothing while no count changes. One collection runs at a time.</summary>
internal sealed class FamilyCounts(FamilyRegistry registry, Func<MetricFamily, Measurement<long>> count) : IEnumerable<Measurement<long>>, IEnumerator<Measurement<long>>
{
    private MetricFamily[] _families = [];
    private int _next;

    public Measurement<long> Current { get; private set; }

    object IEnumerator.Current => Current;

    public IEnumerator<Measurement<long>> GetEnumerator()
    {
        (_families, _next) = (registry.Families, 0);
        return this;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool MoveNext()
    {
        while (_next < _families.Length)
        {
            Current = count(_families[_next++]);
            if (Current.Value > 0)
            {
                return true;
            }
        }

        return false;
    }

    public void Reset() => _next = 0;

    public void Dispose()
    {
    }
}
