// Owns: the native histogram of one series, and keeping it within its limit of buckets.
// Does not own: sum and count, and that one thread at a time comes here (NativeHistogramSeries).
// Source: Prometheus, "Native Histograms"; the steps at the limit are client_golang's.

namespace TinyHost.Metrics;

/// <summary>
/// Exponential buckets. A NaN is in none of them: it counts in the count of the series alone. Whoever calls what changes it holds the series' lock.
/// </summary>
internal sealed class NativeHistogram(NativeHistogramOptions options, TimeProvider clock)
{
    private readonly int _finest = NativeSchema.For(options.BucketFactor);
    private readonly NativeBuckets _positive = new();
    private readonly NativeBuckets _negative = new();
    private int _steps;
    private double _zeroThreshold = LeastZeroThreshold;
    private long _zeroCount;
    private long _began = clock.GetTimestamp();

    /// <summary>No histogram with these options ever has more buckets.</summary>
    internal static int MaxBuckets(NativeHistogramOptions options)
    {
        // From 2^-128 to infinity, of both signs: there are no more.
        var all = 2 * ((1_152 << Math.Max(NativeSchema.For(options.BucketFactor), 0)) + 1);
        return Math.Clamp(options.MaxBuckets, MaxCoarsest, all);
    }

    /// <summary>The bucket of a value before any widening. May be called without the lock.</summary>
    internal int IndexOf(double value) => value == 0 || double.IsNaN(value) ? 0 : NativeSchema.IndexOf(Math.Abs(value), _finest);

    /// <summary>
    /// Counts a value, whose bucket <see cref="IndexOf"/> told. False when the series is to begin anew: then it is to be cleared, and the value counted
    /// again.
    /// </summary>
    internal bool Add(double value, int index)
    {
        if ((IsWidened || !IsWithinLimit) && MayReset())
        {
            return false;
        }

        if (double.IsNaN(value))
        {
            return true;
        }

        if (Math.Abs(value) <= _zeroThreshold)
        {
            _zeroCount++;
            return true;
        }

        (value > 0 ? _positive : _negative).Add(NativeSchema.Coarsen(index, _steps));
        return IsWithinLimit || (!MayReset() && Widen());
    }

    /// <summary>Begins anew: nothing is counted, no bucket widened.</summary>
    internal void Clear()
    {
        _positive.Clear();
        _negative.Clear();
        (_steps, _zeroThreshold, _zeroCount) = (0, LeastZeroThreshold, 0);
        _began = clock.GetTimestamp();
    }

    /// <summary>Copies the buckets, the positive ones before the negative ones.</summary>
    internal NativeReading Read(Span<NativeBucket> buckets)
    {
        _positive.All.CopyTo(buckets);
        _negative.All.CopyTo(buckets[_positive.Count..]);
        return new NativeReading(_finest - _steps, _zeroThreshold, _zeroCount, _positive.Count, _negative.Count);
    }

    private bool IsWithinLimit => _positive.Count + _negative.Count <= options.MaxBuckets;

    private bool IsWidened => _steps > 0 || _zeroThreshold > LeastZeroThreshold;

    private bool MayReset() => options.MinResetDuration > TimeSpan.Zero && clock.GetElapsedTime(_began) >= options.MinResetDuration;

    // True always.
    private bool Widen()
    {
        while (!IsWithinLimit && (WidenZero() || Coarsen()))
        {
        }

        return true;
    }

    // Takes the buckets nearest to zero, one of each sign at the most, into the zero bucket, if that may be so wide.
    private bool WidenZero()
    {
        var nearest = Math.Min(First(_positive), First(_negative));
        var threshold = NativeSchema.UpperBound(nearest, _finest - _steps);
        if (threshold > options.MaxZeroThreshold)
        {
            return false;
        }

        _zeroCount += _positive.RemoveFirst(nearest) + _negative.RemoveFirst(nearest);
        _zeroThreshold = threshold;
        return true;
    }

    private bool Coarsen()
    {
        if (_finest - _steps == NativeSchema.Coarsest)
        {
            return false;
        }

        _steps++;
        _positive.Coarsen();
        _negative.Coarsen();
        return true;
    }

    private static int First(NativeBuckets buckets) => buckets.Count > 0 ? buckets.All[0].Index : int.MaxValue;

    private const double LeastZeroThreshold = 1 / (double)(1UL << 63) / (1UL << 63) / 4;

    // In the coarsest schema, from 2^-128 to infinity: buckets −7 to 65, of both signs.
    private const int MaxCoarsest = 2 * 73;
}
