// Owns: histograms in protobuf, classic and native.
// Source: Prometheus client_model, io.prometheus.client.Histogram and Bucket.

using System.Buffers;

namespace TinyHost.Metrics;

internal static class ProtobufHistogram
{
    // Everything but labels and buckets: count and sum, a time, schema and zero bucket, and the tags and lengths around them all.
    private const int MaxScalars = 160;
    private const int MaxBucket = ProtobufExemplar.MaxLength + 32;
    private const int MaxOnStack = 256;

    /// <summary>Writes one series as a metric.</summary>
    internal static void Write(ref ChunkWriter output, InstrumentDefinition definition, HistogramSeries series, ReadOnlySpan<byte> labels)
    {
        var length = definition.Boundaries.Length + 1;
        var counts = length <= MaxOnStack ? stackalloc long[length] : new long[length];
        if (definition.Native is null)
        {
            var sum = series.Read(counts);
            var room = output.Reserve(labels.Length + MaxScalars + (length * MaxBucket));
            var metric = new BackwardWriter(room);
            ProtobufExemplar.WriteTime(ref metric, 15, series.Created);
            WriteClassic(ref metric, definition.Boundaries, counts, sum, series.Exemplars);
            output.Advance(EndMetric(ref metric, labels, room));
            return;
        }

        NativeBucket[]? rented = null;
        var max = NativeHistogram.MaxBuckets(definition.Native);
        var buckets = max <= MaxOnStack ? stackalloc NativeBucket[max] : rented = ArrayPool<NativeBucket>.Shared.Rent(max);
        WriteNative(ref output, definition.Boundaries, (NativeHistogramSeries)series, counts, buckets, labels);
        if (rented is not null)
        {
            ArrayPool<NativeBucket>.Shared.Return(rented);
        }
    }

    // Histogram: schema = 5, zero_threshold = 6, zero_count = 7, negative_span = 9, negative_delta = 10, positive_span = 12, positive_delta
    // = 13, created_timestamp = 15.
    private static void WriteNative(
        ref ChunkWriter output,
        double[] boundaries,
        NativeHistogramSeries series,
        scoped Span<long> counts,
        scoped Span<NativeBucket> buckets,
        ReadOnlySpan<byte> labels)
    {
        var sum = series.Read(counts, buckets, out var native, out var created);
        buckets = buckets[..(native.Positive + native.Negative)];
        var room = output.Reserve(labels.Length + MaxScalars + (counts.Length * MaxBucket) + (buckets.Length * ProtobufBuckets.MaxLength));
        var metric = new BackwardWriter(room);
        ProtobufExemplar.WriteTime(ref metric, 15, created);
        ProtobufBuckets.Write(ref metric, 12, 13, buckets[..native.Positive]);
        ProtobufBuckets.Write(ref metric, 9, 10, buckets[native.Positive..]);
        metric.Field(7, (ulong)native.ZeroCount);
        metric.Field(6, native.ZeroThreshold);
        metric.SignedField(5, native.Schema);
        WriteClassic(ref metric, boundaries, counts, sum, series.Exemplars);
        output.Advance(EndMetric(ref metric, labels, room));
    }

    // Histogram: sample_count = 1, sample_sum = 2, bucket = 3.
    private static void WriteClassic(
        ref BackwardWriter histogram, double[] boundaries, scoped ReadOnlySpan<long> counts, double sum, ExemplarSlots? exemplars)
    {
        long count = 0;
        foreach (var counted in counts)
        {
            count += counted;
        }

        var cumulative = count;
        for (var i = boundaries.Length; i >= 0; cumulative -= counts[i--])
        {
            WriteBucket(ref histogram, i < boundaries.Length ? boundaries[i] : double.PositiveInfinity, cumulative, exemplars, i);
        }

        histogram.Field(2, sum);
        histogram.Field(1, (ulong)count);
    }

    // Bucket: cumulative_count = 1, upper_bound = 2, exemplar = 3. The bucket +Inf is implied, unless it has an exemplar.
    private static void WriteBucket(ref BackwardWriter histogram, double bound, long cumulative, ExemplarSlots? exemplars, int slot)
    {
        var end = histogram.Length;
        ProtobufExemplar.Write(ref histogram, 3, exemplars, slot);
        if (histogram.Length == end && double.IsPositiveInfinity(bound))
        {
            return;
        }

        histogram.Field(2, bound);
        histogram.Field(1, (ulong)cumulative);
        histogram.EndField(3, end);
    }

    // Metric: histogram = 7.
    private static int EndMetric(ref BackwardWriter metric, ReadOnlySpan<byte> labels, Span<byte> room)
    {
        metric.EndField(7, 0);
        return ProtobufFormat.EndMetric(ref metric, labels, room);
    }
}
