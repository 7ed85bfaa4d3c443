// Owns: histograms with different bounds: the bounds that a merged family has, and what a count becomes in them.

namespace TinyHost.Metrics;

internal static class BucketBounds
{
    /// <summary>The bounds that both have.</summary>
    internal static double[] Common(double[] one, double[] other) =>
        one.AsSpan().SequenceEqual(other) ? one : Array.FindAll(one, bound => Array.BinarySearch(other, bound) >= 0);

    /// <summary>
    /// The counts in other buckets: each goes to the first bucket that surely contains its values. The cumulative count of a bound that
    /// both have stays what it is; a bound that <paramref name="from"/> lacks counts up to the next lower bound.
    /// </summary>
    /// <param name="counts">The counts, not cumulated.</param>
    /// <param name="from">Their bounds.</param>
    /// <param name="to">The other bounds.</param>
    internal static long[] Map(long[] counts, double[] from, double[] to)
    {
        if (from.AsSpan().SequenceEqual(to))
        {
            return counts;
        }

        var mapped = new long[to.Length + 1];
        for (int i = 0, bucket = 0; i < counts.Length; i++)
        {
            while (bucket < to.Length && (i == from.Length || to[bucket] < from[i]))
            {
                bucket++;
            }

            mapped[bucket] += counts[i];
        }

        return mapped;
    }
}
