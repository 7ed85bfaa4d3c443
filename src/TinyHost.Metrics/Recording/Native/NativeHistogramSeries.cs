// Owns: recording into the classic and the native buckets of a histogram at once, and resetting both.

namespace TinyHost.Metrics;

/// <summary>
/// A histogram with native buckets besides the classic ones. It keeps a single cell, whose lock guards its native buckets too. Like
/// Prometheus' own, it counts values that are not finite, which spoils the sum.
/// </summary>
internal sealed class NativeHistogramSeries(
    LabelSet labels, double[] boundaries, int exemplarCount, NativeHistogram native, TimeProvider clock)
    : HistogramSeries(labels, boundaries, exemplarCount)
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

        if (!native.TryAdd(value, index))
        {
            Reset();
            native.TryAdd(value, index);
        }

        First.CountAndExit(bucket, value);
        return double.IsNaN(value) ? NoSlot : bucket;
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
