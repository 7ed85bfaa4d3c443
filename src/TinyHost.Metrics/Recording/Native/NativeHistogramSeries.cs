// Owns: recording into the classic and the native buckets of a histogram at once, and resetting both.

namespace TinyHost.Metrics;

/// <summary>
/// A histogram with native buckets besides the classic ones. It keeps a single cell, whose lock guards its native buckets too. Like
/// Prometheus' own, it counts values that are not finite, which spoils the sum.
/// </summary>
internal sealed class NativeHistogramSeries(
    LabelSet labels, double[] boundaries, int exemplarCount, NativeHistogram native, TimeProvider clock, SharedSeries? shared = null)
    : HistogramSeries(labels, boundaries, exemplarCount, shared)
{
    internal override int Record(double value)
    {
        var bucket = double.IsNaN(value) ? BucketCount - 1 : HistogramBuckets.IndexOf(value, Boundaries);
        var index = native.IndexOf(value);
        if (!First.Enter())
        {
            RecordLate(value);
            return NoSlot;
        }

        First.BeginShared();
        if (!native.TryAdd(value, index))
        {
            Reset();
            native.TryAdd(value, index);
        }

        First.CountAndExit(bucket, value);
        return double.IsNaN(value) ? NoSlot : bucket;
    }

    /// <summary>Adds native buckets, the positive ones first, of a histogram whose classic counts are added too.</summary>
    internal void Add(in NativeReading reading, ReadOnlySpan<NativeBucket> buckets)
    {
        if (First.Enter())
        {
            native.Add(reading, buckets);
            First.Exit();
        }
    }

    /// <summary>Adds to the count of the bucket <c>+Inf</c> alone.</summary>
    internal void AddToLast(long count)
    {
        var counts = new long[BucketCount];
        counts[^1] = count;
        Add(counts, 0);
    }

    /// <summary>As <see cref="HistogramSeries.Read"/>, with the native buckets and the start of counting as of the same moment.</summary>
    internal double Read(Span<long> counts, Span<NativeBucket> buckets, out NativeReading reading, out double created)
    {
        counts.Clear();
        var isOpen = First.Enter();
        var sum = First.AddTo(counts);
        reading = native.Read(buckets);
        created = Created;
        if (isOpen)
        {
            First.Exit();
        }

        return sum;
    }

    private void Reset()
    {
        native.Clear();
        First.Clear();
        Volatile.Write(ref Exemplars, null);
        Created = TimeOf(clock);
    }
}
