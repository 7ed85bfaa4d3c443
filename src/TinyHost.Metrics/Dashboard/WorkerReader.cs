// Owns: what a worker counted since it was read last, from the memory that it shares with this process, its parent.

namespace TinyHost.Metrics;

/// <summary>
/// Reads the series that the dashboard shows, once a second, without asking the worker: what it counted until its death is there too. They
/// never leave the memory. Reading allocates a few hundred bytes for each of them.
/// </summary>
/// <param name="memory">The memory.</param>
/// <param name="columnsOf">The columns of a family; null for a family without a place on the page.</param>
/// <param name="budget">How many series may be read; further ones are left out.</param>
internal sealed class WorkerReader(SegmentReader memory, Func<SharedFamily, FamilyColumns?> columnsOf, SeriesBudget budget)
{
    private readonly List<Part> _parts = [];
    private readonly List<(WorkerSeries Series, Part Part, int Index)> _read = [];
    private readonly HashSet<SharedFamily> _others = new(ReferenceEqualityComparer.Instance);
    private int _known;

    /// <summary>Reads all series into their columns.</summary>
    internal void Read()
    {
        memory.ReadNew();
        for (; _known < memory.Series.Count; _known++)
        {
            if (PartOf(memory.Series[_known].Family) is { } part && part.Counts.TryJoin(memory.Series[_known].LabelsWith(null)))
            {
                _read.Add((memory.Series[_known], part, part.Counts.Length - 1));
            }
        }

        _parts.ForEach(static part => part.Totals.Begin());
        foreach (var (series, part, index) in _read)
        {
            part.Read(memory.Read(series), index);
        }

        _parts.ForEach(static part => part.Columns.Take(part.Totals.End(), part.Totals.Increments));
    }

    /// <summary>Makes this second a gap.</summary>
    internal void Fail() => _parts.ForEach(static part => part.Columns.Fail());

    /// <summary>Gives back what it took of the budget. Call nothing afterwards.</summary>
    internal void Leave() => _parts.ForEach(static part => part.Counts.Leave());

    private Part? PartOf(SharedFamily family)
    {
        if (_others.Contains(family))
        {
            return null;
        }

        if (_parts.Find(part => ReferenceEquals(part.Family, family)) is { } known)
        {
            return known;
        }

        if (columnsOf(family) is not { } columns)
        {
            _others.Add(family);
            return null;
        }

        var added = new Part(family, columns, budget);
        _parts.Add(added);
        return added;
    }

    private sealed class Part(SharedFamily family, FamilyColumns columns, SeriesBudget budget)
    {
        internal SharedFamily Family => family;

        internal FamilyColumns Columns => columns;

        internal SeriesCounts Counts { get; } = new(columns.Breakdowns, budget);

        internal BucketTotals Totals { get; } = new(columns.Boundaries);

        internal void Read(SeriesValue value, int index)
        {
            if (family.Kind != InstrumentKind.Histogram)
            {
                Counts.Count(index, (ulong)value.Integers + value.Number, 0);
                return;
            }

            if (columns.IsNative && value.NativeBuckets is { } buckets)
            {
                Totals.Add(value.Native, buckets);
            }
            else if (!columns.IsNative)
            {
                Totals.Add(value.Counts, family.Boundaries);
            }

            long total = 0;
            foreach (var count in value.Counts)
            {
                total += count;
            }

            Counts.Count(index, total, value.Number);
        }
    }
}
