// Owns: histograms in protobuf, classic and native.
// Source: Prometheus client_model, io.prometheus.client.Histogram and Bucket.

namespace TinyHost.Metrics;

internal static class ProtobufHistogram
{
    // Everything but labels and buckets: count and sum, a time, schema and zero bucket, and the tags and lengths around them all.
    private const int MaxScalars = 160;
    private const int MaxBucket = ProtobufExemplar.MaxLength + 32;

    /// <summary>Writes one series as a metric.</summary>
    internal static void Write(ref ChunkWriter output, InstrumentDefinition definition, HistogramSeries series, ReadOnlySpan<byte> labels)
    {
        using var reading = new HistogramReading(definition, series);
        var native = reading.Native;
        var room = output.Reserve(labels.Length + MaxScalars + (reading.Counts.Length * MaxBucket)
            + ((native.Positive + native.Negative) * ProtobufBuckets.MaxLength));
        var metric = new BackwardWriter(room);
        ProtobufExemplar.WriteTime(ref metric, 15, reading.Created);
        if (definition.Native is not null)
        {
            WriteNative(ref metric, in reading);
        }

        WriteClassic(ref metric, definition.Boundaries, in reading, series.Exemplars);
        output.Advance(EndMetric(ref metric, labels, room));
    }

    // Histogram: schema = 5, zero_threshold = 6, zero_count = 7, negative_span = 9, negative_delta = 10, positive_span = 12, positive_delta
    // = 13, created_timestamp = 15.
    private static void WriteNative(ref BackwardWriter histogram, scoped in HistogramReading reading)
    {
        ProtobufBuckets.Write(ref histogram, 12, 13, reading.Positive);
        ProtobufBuckets.Write(ref histogram, 9, 10, reading.Negative);
        histogram.Field(7, (ulong)reading.Native.ZeroCount);
        histogram.Field(6, reading.Native.ZeroThreshold);
        histogram.SignedField(5, reading.Native.Schema);
    }

    // Histogram: sample_count = 1, sample_sum = 2, bucket = 3.
    private static void WriteClassic(
        ref BackwardWriter histogram, double[] boundaries, scoped in HistogramReading reading, ExemplarSlots? exemplars)
    {
        var cumulative = reading.Count;
        for (var i = boundaries.Length; i >= 0; cumulative -= reading.Counts[i--])
        {
            WriteBucket(ref histogram, i < boundaries.Length ? boundaries[i] : double.PositiveInfinity, cumulative, exemplars, i);
        }

        histogram.Field(2, reading.Sum);
        histogram.Field(1, (ulong)reading.Count);
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
