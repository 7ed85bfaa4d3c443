// Owns: the options of a native histogram, their defaults and their validation.

namespace TinyHost.Metrics;

/// <summary>
/// How to expose an instrument as a native histogram, whose buckets grow exponentially and are stored only if they are not empty. Scrapers
/// that ask for protobuf get it; the text formats show the classic buckets.
/// </summary>
public sealed record NativeHistogramOptions
{
    /// <summary>
    /// The maximum growth from one bucket to the next, above 1. The factor used is the greatest of 2^(2^-8), 2^(2^-7), … 2^(2^4) that is
    /// not above it, or the least of them. Default 1.1, which divides every power of two into 8 buckets: the relative error of a quantile
    /// is below 9.1 %.
    /// </summary>
    public double BucketFactor { get; set; } = 1.1;

    /// <summary>
    /// The limit on the buckets of a series, positive and negative together. At least 1; default 160, as in OpenTelemetry. Beyond it the
    /// series is reset, its zero bucket is widened, or pairs of buckets are merged, whichever is allowed first. The coarsest resolution has
    /// up to 146 buckets, whatever the limit.
    /// </summary>
    public int MaxBuckets { get; set; } = 160;

    /// <summary>
    /// How far the zero bucket, initially −2^-128 to 2^-128, may be widened to keep the limit, in the unit of the instrument. Default 0:
    /// not at all.
    /// </summary>
    public double MaxZeroThreshold { get; set; }

    /// <summary>
    /// The minimum age of a series before it is reset, as by a restart, because it exceeds the limit or has lost resolution to it. Default
    /// 1 h, as in Prometheus' own histograms; zero for never.
    /// </summary>
    public TimeSpan MinResetDuration { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Whether to keep the classic buckets too, for the text formats and for servers that do not collect native histograms. Default true.
    /// Without them the text formats show only the bucket <c>+Inf</c>, sum and count.
    /// </summary>
    public bool ClassicBuckets { get; set; } = true;

    /// <summary>Throws <see cref="ArgumentException"/> for invalid options.</summary>
    internal void Validate(string instrument)
    {
        if (!(BucketFactor > 1) || !double.IsFinite(BucketFactor))
        {
            throw new ArgumentException(
                $"{nameof(BucketFactor)} of the native histogram {instrument} is {BucketFactor}; it must be a number above 1.");
        }

        if (MaxBuckets < 1)
        {
            throw new ArgumentException(
                $"{nameof(MaxBuckets)} of the native histogram {instrument} is {MaxBuckets}; it must be at least 1.");
        }

        if (!(MaxZeroThreshold >= 0) || !double.IsFinite(MaxZeroThreshold))
        {
            throw new ArgumentException(
                $"{nameof(MaxZeroThreshold)} of the native histogram {instrument} is {MaxZeroThreshold}; it must be "
                + "a number and not negative.");
        }

        if (MinResetDuration < TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"{nameof(MinResetDuration)} of the native histogram {instrument} is {MinResetDuration}; it must not be negative.");
        }
    }
}
