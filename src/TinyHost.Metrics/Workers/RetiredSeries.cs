// Owns: what workers that have ended counted.

namespace TinyHost.Metrics;

/// <summary>
/// The counters and histograms of the processes that ended as one worker. They stay until the parent ends; a restart costs no memory
/// unless it brings new series.
/// </summary>
internal sealed class RetiredSeries
{
    private readonly Dictionary<(string Family, FamilyType Type, LabelSet Labels), List<Entry>> _entries = [];

    /// <summary>Keeps a series if it counts something.</summary>
    internal void Add(WorkerSeries series, SeriesValue value, bool isPresent)
    {
        var type = series.Family.Kind.FamilyType();
        if (type is not (FamilyType.Counter or FamilyType.Histogram))
        {
            return;
        }

        var key = (series.Family.Name, type, series.LabelsWith(null));
        if (!_entries.TryGetValue(key, out var entries))
        {
            _entries.Add(key, entries = []);
        }

        var entry = entries.Find(entry => entry.Series.Family.Boundaries.AsSpan().SequenceEqual(series.Family.Boundaries));
        if (entry is null)
        {
            series.Exemplars = null;
            entries.Add(new Entry(series, value) { IsPresent = isPresent });
        }
        else
        {
            entry.Value = entry.Value.Plus(value, series.Family.NativeBuckets);
            entry.IsPresent |= isPresent;
        }
    }

    /// <summary>Adds everything to an exposition.</summary>
    internal void AddTo(FamilyMerge merge, string worker)
    {
        foreach (var entry in _entries.Values.SelectMany(entries => entries))
        {
            merge.Add(worker, entry.Series, entry.Value, isLive: false, entry.IsPresent);
        }
    }

    private sealed class Entry(WorkerSeries series, SeriesValue value)
    {
        internal WorkerSeries Series => series;

        internal SeriesValue Value { get; set; } = value;

        internal bool IsPresent { get; set; }
    }
}
