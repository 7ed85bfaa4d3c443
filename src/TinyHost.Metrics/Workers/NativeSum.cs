// Owns: the native buckets of two histograms together.

namespace TinyHost.Metrics;

internal static class NativeSum
{
    /// <summary>A factor below the finest schema's, so that only what is added makes buckets wider.</summary>
    internal const double FinestFactor = 1.0027;

    /// <summary>The native buckets of both values, at most so many; null if neither has any.</summary>
    internal static (NativeReading Reading, NativeBucket[]? Buckets) Of(SeriesValue one, SeriesValue other, int max)
    {
        if (one.NativeBuckets is null || other.NativeBuckets is null)
        {
            var only = one.NativeBuckets is null ? other : one;
            return (only.Native, only.NativeBuckets);
        }

        var options = new NativeHistogramOptions { BucketFactor = FinestFactor, MaxBuckets = Math.Max(max, 1) };
        var sum = new NativeHistogram(options with { MinResetDuration = TimeSpan.Zero }, TimeProvider.System);
        sum.Add(one.Native, one.NativeBuckets);
        sum.Add(other.Native, other.NativeBuckets);
        var buckets = new NativeBucket[NativeHistogram.MaxBuckets(options)];
        var reading = sum.Read(buckets);
        return (reading, buckets[..(reading.Positive + reading.Negative)]);
    }
}
