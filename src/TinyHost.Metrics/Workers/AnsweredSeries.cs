// Owns: the series that a worker tells when asked, as of its last answer; and that what they count never goes back.

namespace TinyHost.Metrics;

/// <summary>
/// Counters and histograms that an answer lacks keep their last value: their callback failed, or the worker hangs. A counter that starts
/// again goes on from its last value, as it does in a new process.
/// </summary>
internal sealed class AnsweredSeries
{
    private readonly Dictionary<(string Family, LabelSet Labels), Counted> _counted = [];
    private List<WorkerSeries> _others = [];

    /// <summary>Takes the series of an answer.</summary>
    internal void Take(List<WorkerSeries> series)
    {
        _others = series.FindAll(one => !IsCounted(one));
        foreach (var counted in _counted.Values)
        {
            counted.IsPresent = false;
        }

        foreach (var one in series.Where(IsCounted))
        {
            var key = (one.Family.Name, one.LabelsWith(null));
            if (!_counted.TryGetValue(key, out var counted))
            {
                _counted.Add(key, counted = new Counted());
            }

            counted.Take(one);
        }
    }

    /// <summary>Adds everything to an exposition; only what is counted if the worker did not answer.</summary>
    internal void AddTo(FamilyMerge merge, string worker, bool isAnswering)
    {
        foreach (var counted in _counted.Values)
        {
            merge.Add(worker, counted.Series, counted.Value, isLive: true, counted.IsPresent);
        }

        foreach (var series in isAnswering ? _others : [])
        {
            merge.Add(worker, series, series.Value!, isLive: true, isPresent: true);
        }
    }

    /// <summary>Leaves what is counted to the processes after this one.</summary>
    internal void AddTo(RetiredSeries retired)
    {
        foreach (var counted in _counted.Values)
        {
            retired.Add(counted.Series, counted.Value, counted.IsPresent);
        }
    }

    private static bool IsCounted(WorkerSeries series) => series.Family.Kind.FamilyType() is FamilyType.Counter or FamilyType.Histogram;

    private sealed class Counted
    {
        private SeriesValue? _before;

        internal WorkerSeries Series { get; private set; } = null!;

        internal bool IsPresent { get; set; }

        internal SeriesValue Value =>
            _before is null ? Series.Value! : _before.Plus(Series.Value!, Series.Family.NativeBuckets);

        internal void Take(WorkerSeries series)
        {
            if (Series is not null && IsReset(Series.Value!, series.Value!))
            {
                _before = Value;
            }

            (Series, IsPresent) = (series, true);
        }

        private static bool IsReset(SeriesValue last, SeriesValue now) => last.Counts.Length == 0 && now.Counts.Length == 0
            && now.Integers + now.Number < last.Integers + last.Number;
    }
}
