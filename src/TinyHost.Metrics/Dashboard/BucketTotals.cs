// Owns: the buckets of a family over all of its series, and what each counted since the last reading.

namespace TinyHost.Metrics;

/// <summary>Native buckets are counted in the dashboard's own, of fixed bounds: their own widen and split.</summary>
/// <param name="boundaries">The upper bounds of the buckets.</param>
internal sealed class BucketTotals(double[] boundaries)
{
    // Eight buckets for each doubling, from a microsecond to 17 minutes: the bounds of native buckets of schema 3.
    private const int NativeSchemaUsed = 3;
    private const int FirstNative = (-20 * 8) + 1;
    private const int LastNative = 10 * 8;

    private readonly long[] _increments = new long[boundaries.Length + 1];
    private long[] _totals = new long[boundaries.Length + 1];
    private long[] _before = new long[boundaries.Length + 1];

    /// <summary>The bounds in which native buckets are counted.</summary>
    internal static double[] NativeBoundaries { get; } =
        [.. Enumerable.Range(FirstNative, LastNative - FirstNative + 1).Select(index => NativeSchema.UpperBound(index, NativeSchemaUsed))];

    /// <summary>What each bucket counted between the last two readings.</summary>
    internal ReadOnlySpan<long> Increments => _increments;

    /// <summary>Starts a reading.</summary>
    internal void Begin() => Array.Clear(_totals);

    /// <summary>Adds the classic buckets of a series, not cumulated, with these bounds.</summary>
    internal void Add(long[] counts, double[] bounds)
    {
        if (boundaries.Length == 0)
        {
            // Nobody wants the buckets.
            return;
        }

        var mapped = BucketBounds.Map(counts, bounds, boundaries);
        for (var i = 0; i < _totals.Length; i++)
        {
            _totals[i] += mapped[i];
        }
    }

    /// <summary>Adds the native buckets of a series, the positive ones first.</summary>
    internal void Add(in NativeReading reading, ReadOnlySpan<NativeBucket> buckets)
    {
        _totals[0] += reading.ZeroCount;
        for (var i = 0; i < reading.Positive + reading.Negative; i++)
        {
            var bound = i < reading.Positive ? NativeSchema.UpperBound(buckets[i].Index, reading.Schema) : 0;
            _totals[HistogramBuckets.IndexOf(bound, boundaries)] += buckets[i].Count;
        }
    }

    /// <summary>Ends a reading. False if a bucket counts less than before, so that the increments say nothing.</summary>
    internal bool End()
    {
        var isGrown = true;
        for (var i = 0; i < _totals.Length; i++)
        {
            _increments[i] = _totals[i] - _before[i];
            isGrown &= _increments[i] >= 0;
        }

        (_totals, _before) = (_before, _totals);
        return isGrown;
    }
}
