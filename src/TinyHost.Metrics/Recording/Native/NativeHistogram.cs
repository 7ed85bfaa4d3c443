// Owns: the native buckets of one series, and keeping their number within its limit.
// Source: Prometheus, "Native Histograms"; the steps taken at the limit are client_golang's.

namespace TinyHost.Metrics;

/// <summary>A native histogram as of one moment, without its buckets.</summary>
/// <param name="Schema">Its resolution.</param>
/// <param name="ZeroThreshold">The greatest magnitude in the zero bucket.</param>
/// <param name="ZeroCount">The number of values in the zero bucket.</param>
/// <param name="Positive">The number of positive buckets.</param>
/// <param name="Negative">The number of negative buckets, which follow the positive ones.</param>
internal readonly record struct NativeReading(int Schema, double ZeroThreshold, long ZeroCount, int Positive, int Negative);

/// <summary>
/// Exponential buckets. NaN falls into none of them: only the series counts it. Callers hold the series' lock, except for <see
/// cref="IndexOf"/>.
/// </summary>
internal sealed class NativeHistogram(NativeHistogramOptions options, TimeProvider clock, SharedNative? shared = null)
{
    // 2^-128.
    private const double MinZeroThreshold = 1 / (double)(1UL << 63) / (1UL << 63) / 4;

    // From 2^-128 to infinity the coarsest schema has the buckets −7 to 65, of both signs.
    private const int MaxCoarsest = 2 * 73;

    private readonly int _finest = NativeSchema.For(options.BucketFactor);
    private readonly NativeBuckets _positive = new();
    private readonly NativeBuckets _negative = new();
    private int _steps;
    private double _zeroThreshold = MinZeroThreshold;
    private long _zeroCount;
    private long _startedAt = clock.GetTimestamp();
    private int _sharedVersion = -1;

    private bool IsWithinLimit => _positive.Count + _negative.Count <= options.MaxBuckets;

    private bool IsWidened => _steps > 0 || _zeroThreshold > MinZeroThreshold;

    // The parent of a worker adds up counts that never go back.
    private bool MayReset =>
        shared is null && options.MinResetDuration > TimeSpan.Zero && clock.GetElapsedTime(_startedAt) >= options.MinResetDuration;

    /// <summary>The most buckets a histogram with these options can have.</summary>
    internal static int MaxBuckets(NativeHistogramOptions options)
    {
        // All buckets from 2^-128 to infinity, of both signs.
        var all = 2 * ((1_152 << Math.Max(NativeSchema.For(options.BucketFactor), 0)) + 1);
        return Math.Clamp(options.MaxBuckets, MaxCoarsest, all);
    }

    /// <summary>The bucket of a value at the finest resolution.</summary>
    internal int IndexOf(double value) => value == 0 || double.IsNaN(value) ? 0 : NativeSchema.IndexOf(Math.Abs(value), _finest);

    /// <summary>
    /// Counts a value, given its <see cref="IndexOf"/>. Returns false if the series is to be reset: the caller clears it and adds the value
    /// again.
    /// </summary>
    internal bool TryAdd(double value, int index)
    {
        if ((IsWidened || !IsWithinLimit) && MayReset)
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
            if (shared is not null && !ShareChanged(shared))
            {
                shared.WriteZeroCount(_zeroCount);
            }

            return true;
        }

        (value > 0 ? _positive : _negative).Add(NativeSchema.Coarsen(index, _steps));
        if (!IsWithinLimit)
        {
            if (MayReset)
            {
                return false;
            }

            Widen();
        }

        if (shared is not null)
        {
            Share(shared, value > 0);
        }

        return true;
    }

    /// <summary>Adds what another histogram has counted, at the lower of both resolutions.</summary>
    internal void Add(in NativeReading other, ReadOnlySpan<NativeBucket> buckets)
    {
        while (_finest - _steps > other.Schema && Coarsen())
        {
        }

        _zeroCount += other.ZeroCount;
        _zeroThreshold = Math.Max(_zeroThreshold, other.ZeroThreshold);
        var steps = other.Schema - (_finest - _steps);
        for (var i = 0; i < buckets.Length; i++)
        {
            var bucket = buckets[i] with { Index = NativeSchema.Coarsen(buckets[i].Index, steps) };
            (i < other.Positive ? _positive : _negative).Add(bucket);
        }

        // A bucket that the zero bucket overlaps becomes a part of it.
        while (Math.Min(First(_positive), First(_negative)) is var nearest && nearest < int.MaxValue
            && NativeSchema.UpperBound(nearest - 1, _finest - _steps) < _zeroThreshold)
        {
            _zeroCount += _positive.RemoveFirst(nearest) + _negative.RemoveFirst(nearest);
            _zeroThreshold = Math.Max(_zeroThreshold, NativeSchema.UpperBound(nearest, _finest - _steps));
        }

        Widen();
    }

    internal void Clear()
    {
        _positive.Clear();
        _negative.Clear();
        (_steps, _zeroThreshold, _zeroCount) = (0, MinZeroThreshold, 0);
        _startedAt = clock.GetTimestamp();
    }

    /// <summary>Copies the buckets, the positive ones first.</summary>
    internal NativeReading Read(Span<NativeBucket> buckets)
    {
        _positive.All.CopyTo(buckets);
        _negative.All.CopyTo(buckets[_positive.Count..]);
        return Reading();
    }

    private NativeReading Reading() => new(_finest - _steps, _zeroThreshold, _zeroCount, _positive.Count, _negative.Count);

    // True if more than one count had changed, and all was written. Versions only grow, so their sum is another one after each change.
    private bool ShareChanged(SharedNative memory)
    {
        var version = _positive.Version + _negative.Version;
        if (version == _sharedVersion)
        {
            return false;
        }

        _sharedVersion = version;
        memory.Write(Reading(), _positive.All, _negative.All);
        return true;
    }

    private void Share(SharedNative memory, bool positive)
    {
        if (ShareChanged(memory))
        {
            return;
        }

        var (buckets, before) = positive ? (_positive, 0) : (_negative, _positive.Count);
        memory.WriteCount(before + buckets.Last, buckets.All[buckets.Last].Count);
    }

    private void Widen()
    {
        while (!IsWithinLimit && (WidenZero() || Coarsen()))
        {
        }
    }

    // Merges the buckets nearest to zero, at most one of each sign, into the zero bucket. False if that may not be so wide.
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
}
