// Owns: what the series of a recorded family counted since they were read last.

namespace TinyHost.Metrics;

/// <summary>
/// Reads the series of one family once a second. A series counts from zero when it appears, and again from zero when its value went down
/// (a reset), as for Prometheus. Reading takes no lock but the one that guards a cell of a histogram while it is copied. It allocates only
/// when series have joined or left.
/// </summary>
/// <param name="family">A family of counters or histograms.</param>
/// <param name="breakdowns">What its series are added up by.</param>
/// <param name="budget">How many series may be read; further ones are left out.</param>
internal sealed class FamilyReader(MetricFamily family, Breakdown[] breakdowns, SeriesBudget budget)
{
    private const int MinCapacity = 16;

    private readonly long[] _counts = new long[family.Definition.Boundaries.Length + 1];
    private readonly long[] _increments = new long[family.Definition.Boundaries.Length + 1];
    private long[] _totals = new long[family.Definition.Boundaries.Length + 1];
    private long[] _before = new long[family.Definition.Boundaries.Length + 1];
    private Series?[] _series = [];
    private Seen[] _seen = [];
    private int[] _groups = [];
    private int _length;

    internal MetricFamily Family => family;

    /// <summary>What each bucket counted since the last reading, over all series; meaningless unless <see cref="HasIncrements"/>.</summary>
    internal ReadOnlySpan<long> Increments => _increments;

    /// <summary>False if series have left or were reset, so that the buckets do not tell what was counted since.</summary>
    internal bool HasIncrements { get; private set; }

    /// <summary>Reads all series, and writes the figures of a second that took so long.</summary>
    internal void Read(double seconds)
    {
        var series = family.Series;
        HasIncrements = true;
        if (series != _series)
        {
            Follow(series);
        }

        Array.Clear(_totals);
        for (var i = 0; i < series.Length && Volatile.Read(ref series[i]) is { } one; i++)
        {
            if (i == _length && !TryJoin(one))
            {
                break;
            }

            Read(one, ref _seen[i], i);
        }

        for (var i = 0; i < _totals.Length; i++)
        {
            _increments[i] = _totals[i] - _before[i];
            HasIncrements &= _increments[i] >= 0;
        }

        (_totals, _before) = (_before, _totals);
        foreach (var breakdown in breakdowns)
        {
            breakdown.Write(seconds);
        }
    }

    /// <summary>Gives back what it took of the budget. Call nothing afterwards.</summary>
    internal void Leave() => budget.Return(_seen.Length);

    private void Read(Series series, ref Seen seen, int index)
    {
        double count;
        double sum = 0;
        if (series is HistogramSeries histogram)
        {
            sum = histogram.Read(_counts);
            long total = 0;
            for (var i = 0; i < _counts.Length; i++)
            {
                total += _counts[i];
                _totals[i] += _counts[i];
            }

            count = total;
        }
        else
        {
            count = ((ScalarSeries)series).Value;
        }

        var wasReset = count < seen.Count;
        HasIncrements &= !wasReset;
        var (counted, summed) = wasReset ? (count, sum) : (count - seen.Count, sum - seen.Sum);
        (seen.Count, seen.Sum) = (count, sum);
        for (var i = 0; i < breakdowns.Length; i++)
        {
            breakdowns[i].Add(_groups[(index * breakdowns.Length) + i], counted, summed);
        }
    }

    // A new series. False if there is no room.
    private bool TryJoin(Series series)
    {
        if (_length == _seen.Length)
        {
            var more = budget.Take(Math.Max(_length, MinCapacity));
            if (more == 0)
            {
                return false;
            }

            Array.Resize(ref _seen, _length + more);
            Array.Resize(ref _groups, _seen.Length * breakdowns.Length);
        }

        _seen[_length] = default;
        for (var i = 0; i < breakdowns.Length; i++)
        {
            _groups[(_length * breakdowns.Length) + i] = breakdowns[i].GroupOf(series.Labels);
        }

        _length++;
        return true;
    }

    // The array has grown, or series have left it. Those that stay have kept their order.
    private void Follow(Series?[] series)
    {
        var (kept, length) = (0, _length);
        for (var i = 0; i < length; i++)
        {
            if (kept >= series.Length || series[kept] != _series[i])
            {
                // What it counted is gone from the totals.
                HasIncrements = false;
                continue;
            }

            _seen[kept] = _seen[i];
            Array.Copy(_groups, i * breakdowns.Length, _groups, kept * breakdowns.Length, breakdowns.Length);
            kept++;
        }

        (_series, _length) = (series, kept);
    }

    private struct Seen
    {
        internal double Count;
        internal double Sum;
    }
}
