// Owns: the settings of one native histogram, and their defaults.
// Does not own: which instruments have one (MetricsOptions), nor counting (NativeHistogram).

namespace TinyHost.Metrics;

/// <summary>
/// How an instrument is exposed as a native histogram: with buckets that grow exponentially and are there only where something was
/// counted. Scrapers that ask for protobuf get it; the text formats show the classic buckets.
/// </summary>
public sealed record NativeHistogramOptions
{
    /// <summary>
    /// How much wider each bucket may be than the one before; above 1. The factor used is the greatest of 2^(2^-8), 2^(2^-7), … 2^(2^4)
    /// that is not above, or the least of them. Default 1.1, which divides every power of two into 8 buckets: a quantile is off by less
    /// than 9.1 %.
    /// </summary>
    public double BucketFactor { get; set; } = 1.1;

    /// <summary>
    /// How many buckets a series may have, positive and negative, 1 at the least; default 160, as in OpenTelemetry. When there are more,
    /// the series begins anew, the zero bucket is widened, or all buckets are made twice as wide, whichever is allowed first. At the
    /// widest, 146 are enough for all numbers there are: a lower limit may be passed.
    /// </summary>
    public int MaxBuckets { get; set; } = 160;

    /// <summary>
    /// How far the zero bucket, which counts all from −2^-128 to 2^-128, may be widened to keep the limit, in the instrument's unit.
    /// Default 0: not at all.
    /// </summary>
    public double MaxZeroThreshold { get; set; }

    /// <summary>
    /// How old a series must be to begin anew, from zero like after a restart, when it passes the limit, or has had its buckets widened.
    /// Default 1 h, as in Prometheus' own histograms; zero for never.
    /// </summary>
    public TimeSpan MinResetDuration { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Counts into the classic buckets besides, for text formats and for servers that collect no native histograms. Default true. Without
    /// them the text formats show the bucket <c>+Inf</c>, sum and count alone.
    /// </summary>
    public bool ClassicBuckets { get; set; } = true;

    /// <summary>Throws <see cref="ArgumentException"/> for a setting that means nothing.</summary>
    internal void Validate(string instrument)
    {
        if (!(BucketFactor > 1) || !double.IsFinite(BucketFactor))
        {
            throw new ArgumentException(
                $"The bucket factor of the native histogram {instrument} is {BucketFactor}; it must be a number above 1.");
        }

        if (MaxBuckets < 1)
        {
            throw new ArgumentException(
                $"The limit of buckets of the native histogram {instrument} is {MaxBuckets}; it must be at least 1.");
        }

        if (!(MaxZeroThreshold >= 0) || !double.IsFinite(MaxZeroThreshold))
        {
            throw new ArgumentException(
                $"The zero bucket of the native histogram {instrument} may be widened to {MaxZeroThreshold}; " +
                "it must be a number of 0 or more.");
        }

        if (MinResetDuration < TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"The native histogram {instrument} may start over after {MinResetDuration}; it must not be negative.");
        }
    }
}
