// Owns: a native histogram as a scraper reads it: spans and deltas expanded to buckets by Prometheus' data model.

namespace TinyHost.Metrics.Tests.Support;

/// <summary>A native histogram read from a protobuf message.</summary>
internal sealed record ReadNative(
    ulong Count, double Sum, int Schema, double ZeroThreshold, ulong ZeroCount, SortedDictionary<int, long> Positive,
    SortedDictionary<int, long> Negative)
{
    /// <summary>The only series of the only family of an exposition.</summary>
    internal static ReadNative Only(TestCollector test) =>
        From(Assert.Single(Assert.Single(TestCollector.Protobuf(test.Collect())).All("metric")).Get<ProtobufMessage>("histogram"));

    internal static ReadNative From(ProtobufMessage histogram) => new(
        histogram.Get<ulong>("sample_count"),
        histogram.Get<double>("sample_sum"),
        (int)histogram.Get<long>("schema"),
        histogram.Get<double>("zero_threshold"),
        histogram.Get<ulong>("zero_count"),
        Expand(histogram.All("positive_span"), histogram.Numbers("positive_delta")),
        Expand(histogram.All("negative_span"), histogram.Numbers("negative_delta")));

    /// <summary>The total count of all buckets.</summary>
    internal ulong InBuckets => ZeroCount + (ulong)Positive.Values.Sum() + (ulong)Negative.Values.Sum();

    /// <summary>The upper bound of the bucket that contains a quantile.</summary>
    internal double UpperQuantile(double quantile)
    {
        var rank = (long)Math.Ceiling(quantile * InBuckets);
        foreach (var (index, count) in Negative.Reverse())
        {
            if ((rank -= count) <= 0)
            {
                return -Math.Pow(2, (index - 1) * Math.Pow(2, -Schema));
            }
        }

        if ((rank -= (long)ZeroCount) <= 0)
        {
            return ZeroThreshold;
        }

        foreach (var (index, count) in Positive)
        {
            if ((rank -= count) <= 0)
            {
                return Math.Pow(2, index * Math.Pow(2, -Schema));
            }
        }

        return double.NaN;
    }

    private static SortedDictionary<int, long> Expand(ProtobufMessage[] spans, long[] deltas)
    {
        var buckets = new SortedDictionary<int, long>();
        var index = 0;
        var next = 0;
        long count = 0;
        for (var span = 0; span < spans.Length; span++)
        {
            var offset = spans[span].Get<long>("offset");
            Assert.True(span == 0 || offset > 2, "A span after a gap of at most 2 must be merged with the previous span.");
            index += (int)offset;
            var length = spans[span].Get<ulong>("length");
            Assert.True(length > 0);
            for (; length > 0; length--)
            {
                count += deltas[next++];
                Assert.True(count >= 0);
                if (count > 0)
                {
                    buckets.Add(index, count);
                }

                index++;
            }
        }

        Assert.Equal(deltas.Length, next);
        return buckets;
    }
}
