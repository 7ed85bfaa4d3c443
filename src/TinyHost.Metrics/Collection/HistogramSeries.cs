// Owns: counting measurements into buckets, and a consistent reading of all of them.
// Does not own: the bounds (HistogramBoundaries), nor cumulating for the formats.

namespace TinyHost.Metrics;

/// <summary>
/// A histogram. Count and sum change together under a lock of one word, so that a reading is of one moment; that is one atomic operation for
/// each measurement, where counting and summing without a lock would be two. Values that are not finite are left out: they have no sum. The last
/// measurement of each bucket made within a trace is its exemplar.
/// </summary>
internal sealed class HistogramSeries(LabelSet labels, double[] boundaries, ExemplarSlots? exemplars) : Series(labels)
{
    private readonly long[] _counts = new long[boundaries.Length + 1];
    private double _sum;
    private int _held;

    internal ExemplarSlots? Exemplars => exemplars;

    /// <summary>How many buckets there are, with <c>+Inf</c>.</summary>
    internal int BucketCount => _counts.Length;

    internal override void Record(long value) => Record((double)value);

    internal override void Record(double value)
    {
        if (!double.IsFinite(value))
        {
            return;
        }

        int bucket = BucketOf(value);
        Enter();
        _counts[bucket]++;
        _sum += value;
        Volatile.Write(ref _held, 0);
        exemplars?.Offer(bucket, value);
    }

    /// <summary>Copies the counts, bucket by bucket and not cumulated, and the sum, as of one moment.</summary>
    internal double Read(Span<long> counts)
    {
        Enter();
        _counts.CopyTo(counts);
        double sum = _sum;
        Volatile.Write(ref _held, 0);
        return sum;
    }

    private void Enter()
    {
        if (Interlocked.CompareExchange(ref _held, 1, 0) != 0)
        {
            EnterContended();
        }
    }

    private void EnterContended()
    {
        // What is done under the lock takes some nanoseconds; only a holder that lost its processor takes longer, so give ours up then.
        var wait = default(SpinWait);
        while (Volatile.Read(ref _held) != 0 || Interlocked.CompareExchange(ref _held, 1, 0) != 0)
        {
            wait.SpinOnce();
        }
    }

    // The first bound that is not below the value: bounds are inclusive (le).
    private int BucketOf(double value)
    {
        double[] bounds = boundaries;
        if (bounds.Length > LinearUpTo)
        {
            int found = Array.BinarySearch(bounds, value);
            return found < 0 ? ~found : found;
        }

        int bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        return bucket;
    }

    private const int LinearUpTo = 32;
}
