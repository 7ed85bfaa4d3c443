// Owns: what a family tells of reached limits: the measurements that went to overflow series, and the labels with the most values.

namespace TinyHost.Metrics;

internal sealed class FamilyOverflow(FamilyTables tables, SeriesSet series)
{
    private long _countedBefore;
    private volatile bool _hasHappened;
    private (int Version, LabelValues[] Values)? _labelValues;

    /// <summary>Whether a table of the family has ever reached its limit.</summary>
    internal bool HasHappened
    {
        get => _hasHappened;
        set => _hasHappened = value;
    }

    /// <summary>The number of measurements that went to overflow series.</summary>
    internal long Count
    {
        get
        {
            if (!_hasHappened)
            {
                return 0;
            }

            lock (series.Gate)
            {
                var sum = _countedBefore;
                foreach (var table in tables.All)
                {
                    sum += table.Overflowed;
                }

                return sum;
            }
        }
    }

    /// <summary>Keeps the count of a table that ends. The caller holds the family's lock.</summary>
    internal void KeepCountOf(SeriesTable ending) => _countedBefore += ending.Overflowed;

    /// <summary>The labels with the most values while a limit on series is reached; empty otherwise.</summary>
    internal LabelValues[] ExplodedLabels()
    {
        if (!_hasHappened)
        {
            return [];
        }

        lock (series.Gate)
        {
            if (!tables.All.Exists(table => table.IsOverflowing))
            {
                return [];
            }

            if (_labelValues is not { } known || known.Version != series.Version)
            {
                _labelValues = known = (series.Version, LabelValues.Of(series.All));
            }

            return known.Values;
        }
    }

    /// <summary>A table that has reached its limit, each once; null if there is no other.</summary>
    internal SeriesTable? TakeUnreported()
    {
        if (!_hasHappened)
        {
            return null;
        }

        lock (series.Gate)
        {
            var table = tables.All.Find(table => table is { IsOverflowing: true, OverflowReported: false });
            table?.OverflowReported = true;
            return table;
        }
    }
}
