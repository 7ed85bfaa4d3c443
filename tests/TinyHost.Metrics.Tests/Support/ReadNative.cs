// Owns: a native histogram as a scraper reads it: spans and deltas expanded to buckets, as Prometheus' data model tells it.
// Does not own: what should be in it.

namespace TinyHost.Metrics.Tests.Support;

/// <summary>What a message says of one native histogram.</summary>
internal sealed record ReadNative(
    ulong Count, double Sum, int Schema, double ZeroThreshold, ulong ZeroCount, SortedDictionary<int, long> Positive, SortedDictionary<int,
        long> Negative)
{
    /// <summary>The one series of the one family of an exposition.</summary>
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

    /// <summary>What all buckets hold together.</summary>
    internal ulong InBuckets => ZeroCount + (ulong)Positive.Values.Sum() + (ulong)Negative.Values.Sum();

    /// <summary>The greatest value that a quantile can be, by the bucket it is in.</summary>
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
            Assert.True(span == 0 || offset > 2, "A span that a short gap separates from the one before could have gone on.");
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
