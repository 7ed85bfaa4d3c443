// Owns: the buckets of native histograms in protobuf: spans and deltas.
// Source: Prometheus client_model, io.prometheus.client.Histogram and BucketSpan; Prometheus, "Native Histograms", Exposition.

namespace TinyHost.Metrics;

internal static class ProtobufBuckets
{
    // Spanning a gap of one or two buckets with empty ones takes less than another span.
    private const int MaxGap = 2;

    /// <summary>The maximum length of a bucket in bytes: its delta, its part of a span, and empty buckets before it.</summary>
    internal const int MaxLength = 16 + ((MaxGap + 1) * BackwardWriter.MaxVarint);

    /// <summary>
    /// Writes the buckets of one sign: spans of adjacent buckets, and for each bucket the difference of its count from that of the one
    /// before.
    /// </summary>
    internal static void Write(ref BackwardWriter histogram, int spanField, int deltaField, scoped ReadOnlySpan<NativeBucket> buckets)
    {
        if (buckets.IsEmpty)
        {
            return;
        }

        var end = histogram.Length;
        for (var i = buckets.Length - 1; i > 0; i--)
        {
            var gap = Gap(buckets, i);
            if (gap is > 0 and <= MaxGap)
            {
                histogram.ZigZag(buckets[i].Count);
                for (var empty = 1; empty < gap; empty++)
                {
                    histogram.ZigZag(0);
                }

                histogram.ZigZag(-buckets[i - 1].Count);
            }
            else
            {
                histogram.ZigZag(buckets[i].Count - buckets[i - 1].Count);
            }
        }

        histogram.ZigZag(buckets[0].Count);
        histogram.EndField(deltaField, end);

        // BucketSpan: offset = 1, length = 2. The first offset is the index of its bucket, the others are gaps.
        var length = 0;
        for (var i = buckets.Length - 1; i >= 0; i--)
        {
            length++;
            var gap = i == 0 ? buckets[0].Index : Gap(buckets, i);
            if (i > 0 && gap <= MaxGap)
            {
                length += gap;
                continue;
            }

            end = histogram.Length;
            histogram.Field(2, (ulong)length);
            histogram.SignedField(1, gap);
            histogram.EndField(spanField, end);
            length = 0;
        }
    }

    private static int Gap(ReadOnlySpan<NativeBucket> buckets, int i) => buckets[i].Index - buckets[i - 1].Index - 1;
}
