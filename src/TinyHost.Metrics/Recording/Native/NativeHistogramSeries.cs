// Owns: that a measurement goes to the classic and the native buckets at once, and beginning anew.
// Does not own: counting into either (HistogramCell, NativeHistogram).

namespace TinyHost.Metrics;

/// <summary>
/// A histogram that is a native one as well. It has one cell for ever, under whose lock its native buckets are, too. Values that are not finite are not
/// left out: they count, and spoil the sum, as Prometheus has it.
/// </summary>
internal sealed class NativeHistogramSeries(LabelSet labels, double[] boundaries, ExemplarSlots? exemplars, NativeHistogram native, TimeProvider clock)
    : HistogramSeries(labels, boundaries, exemplars)
{
    internal override void Record(double value)
    {
        var bucket = double.IsNaN(value) ? BucketCount - 1 : HistogramBoundaries.BucketOf(value, Boundaries);
        var index = native.IndexOf(value);
        First.Enter();
        if (!native.Add(value, index))
        {
            BeginAnew();
            native.Add(value, index);
        }

        First.Count(bucket, value);
        if (!double.IsNaN(value))
        {
            Exemplars?.Offer(bucket, value);
        }
    }

    /// <summary>As <see cref="HistogramSeries.Read"/>, and of the same moment the native buckets and the time it began.</summary>
    internal double Read(Span<long> counts, Span<NativeBucket> buckets, out NativeReading reading, out double created)
    {
        counts.Clear();
        First.Enter();
        var sum = First.AddTo(counts);
        reading = native.Read(buckets);
        created = Created;
        First.Exit();
        return sum;
    }

    private void BeginAnew()
    {
        native.Clear();
        First.Clear();
        Exemplars?.Clear();
        if (!double.IsNaN(Created))
        {
            Created = TimeOf(clock);
        }
    }
}
