// Owns: the series of a family, by label set and in order of creation.

namespace TinyHost.Metrics;

/// <summary>Series with distinct labels. Changed under the family's lock; <see cref="InOrder"/> may be read at any time.</summary>
internal sealed class SeriesSet
{
    private readonly Dictionary<LabelSet, Series> _byLabels = [];
    private Series?[] _inOrder = new Series?[4];

    /// <summary>
    /// The series in order of creation, then nulls. Additions append to the array or copy it, removals copy it: a reader may take its time,
    /// and meets no series twice.
    /// </summary>
    internal Series?[] InOrder => Volatile.Read(ref _inOrder);

    internal int Count => _byLabels.Count;

    /// <summary>Another number after each change.</summary>
    internal int Version { get; private set; }

    internal IReadOnlyCollection<Series> All => _byLabels.Values;

    internal Series? Find(LabelSet labels) => _byLabels.GetValueOrDefault(labels);

    internal void Add(Series series)
    {
        var held = _inOrder;
        var count = _byLabels.Count;
        if (count == held.Length)
        {
            Array.Resize(ref held, count * 2);
            held[count] = series;
            Volatile.Write(ref _inOrder, held);
        }
        else
        {
            Volatile.Write(ref held[count], series);
        }

        _byLabels.Add(series.Labels, series);
        Version++;
    }

    internal void Keep(Func<Series, bool> isKept)
    {
        Series[] left = [.. _inOrder.OfType<Series>().Where(isKept)];
        _byLabels.Clear();
        foreach (var series in left)
        {
            _byLabels.Add(series.Labels, series);
        }

        Volatile.Write(ref _inOrder, [.. left, null]);
        Version++;
    }
}
