// Owns: what the series of a recorded family counted since they were read last.

namespace TinyHost.Metrics;

/// <summary>
/// Reads the series of one family once a second. Reading takes no lock but the one that guards a cell of a histogram while it is copied.
/// It allocates only when series have joined or left.
/// </summary>
/// <param name="family">A family of counters or histograms.</param>
/// <param name="columns">Its columns.</param>
/// <param name="budget">How many series may be read; further ones are left out.</param>
internal sealed class FamilyReader(MetricFamily family, FamilyColumns columns, SeriesBudget budget)
{
    private readonly long[] _counts = new long[family.Definition.Boundaries.Length + 1];
    private readonly NativeBucket[] _native =
        family.Definition.Native is { } options ? new NativeBucket[NativeHistogram.MaxBuckets(options)] : [];

    private readonly SeriesCounts _known = new(columns.Breakdowns, budget);
    private readonly BucketTotals _totals = new(columns.Boundaries);
    private Series?[] _series = [];

    internal MetricFamily Family => family;

    internal FamilyColumns Columns => columns;

    /// <summary>What each bucket counted since the last reading, over all series; meaningless unless <see cref="HasIncrements"/>.</summary>
    internal ReadOnlySpan<long> Increments => _totals.Increments;

    /// <summary>False if series have left or were reset, so that the buckets do not tell what was counted since.</summary>
    internal bool HasIncrements { get; private set; }

    /// <summary>Reads all series into the columns.</summary>
    internal void Read()
    {
        var series = family.Series;
        HasIncrements = true;
        if (series != _series)
        {
            Follow(series);
        }

        _totals.Begin();
        for (var i = 0; i < series.Length && Volatile.Read(ref series[i]) is { } one; i++)
        {
            if (i == _known.Length && !_known.TryJoin(one.Labels))
            {
                break;
            }

            HasIncrements &= Read(one, i);
        }

        HasIncrements &= _totals.End();
        columns.Take(HasIncrements, _totals.Increments);
    }

    /// <summary>Gives back what it took of the budget. Call nothing afterwards.</summary>
    internal void Leave() => _known.Leave();

    // False if the series was reset.
    private bool Read(Series series, int index)
    {
        if (series is not HistogramSeries histogram)
        {
            return _known.Count(index, ((ScalarSeries)series).Value, 0);
        }

        double sum;
        if (columns.IsNative && histogram is NativeHistogramSeries native)
        {
            sum = native.Read(_counts, _native, out var reading, out _);
            _totals.Add(reading, _native);
        }
        else
        {
            sum = histogram.Read(_counts);
            _totals.Add(_counts, family.Definition.Boundaries);
        }

        long total = 0;
        foreach (var count in _counts)
        {
            total += count;
        }

        return _known.Count(index, total, sum);
    }

    // The array has grown, or series have left it. Those that stay have kept their order.
    private void Follow(Series?[] series)
    {
        var (kept, length) = (0, _known.Length);
        for (var i = 0; i < length; i++)
        {
            if (kept >= series.Length || series[kept] != _series[i])
            {
                // What it counted is gone from the totals.
                HasIncrements = false;
                continue;
            }

            _known.Move(i, kept++);
        }

        _series = series;
        _known.Cut(kept);
    }
}
