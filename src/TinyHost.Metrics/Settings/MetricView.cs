// Owns: how an instrument is exposed differently from how it was declared.

namespace TinyHost.Metrics;

/// <summary>
/// Changes how one instrument is exposed (<see cref="MetricsOptions.View"/>). Null properties change nothing. Collections are copied.
/// </summary>
public sealed class MetricView
{
    /// <summary>Does not expose the instrument. It then costs nothing.</summary>
    public static MetricView Dropped { get; } = new();

    /// <summary>
    /// The name to use instead of the instrument's. The unit and <c>_total</c> are appended, unless <see cref="AddSuffixes"/> is false.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>
    /// Appends the unit, and <c>_total</c> to a counter, to the name. Default true. OpenMetrics 1.0 gives a counter without <c>_total</c>
    /// the type unknown, and allows it no exemplars.
    /// </summary>
    public bool AddSuffixes { get; init; } = true;

    /// <summary>
    /// The names of the tags to keep. Series that differ only in other tags are added up; for gauges the last value counts. Exemplars show
    /// the other tags of their measurement, as far as they fit into 128 characters with the identifiers of the span.
    /// </summary>
    public IReadOnlyCollection<string>? Tags
    {
        get;
        init => field = value is null ? null : new List<string>(value);
    }

    /// <summary>The upper bounds of a histogram's buckets. <see cref="MetricsOptions.Buckets"/> overrides them.</summary>
    public IReadOnlyCollection<double>? Boundaries
    {
        get;
        init => field = value is null ? null : new List<double>(value);
    }

    /// <summary>
    /// The limit on series. <see cref="MetricsOptions.CardinalityLimits"/> overrides it. Throws <see cref="ArgumentOutOfRangeException"/>
    /// for a limit below 1.
    /// </summary>
    public int? CardinalityLimit
    {
        get;
        init => field = value is null or >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The limit on series must be at least 1.");
    }

    /// <summary>
    /// How long a series stays after its last measurement, instead of <see cref="MetricsOptions.SeriesLifetime"/>; zero for ever. Throws
    /// <see cref="ArgumentOutOfRangeException"/> for a negative time.
    /// </summary>
    public TimeSpan? SeriesLifetime
    {
        get;
        init => field = value is null || value >= TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The lifetime of series must not be negative.");
    }
}
