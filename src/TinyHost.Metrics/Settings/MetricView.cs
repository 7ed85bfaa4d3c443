// Owns: what is to be different about the series of one instrument.
// Does not own: which instrument (MetricsOptions.View).

namespace TinyHost.Metrics;

/// <summary>How an instrument is exposed, where that is not as it says itself. What is null stays as it is.</summary>
public sealed class MetricView
{
    /// <summary>The instrument is not exposed, and costs nothing.</summary>
    public static MetricView Dropped { get; } = new();

    /// <summary>The name to use in place of the instrument's. Unit and <c>_total</c> are appended as ever.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// The names of the only tags to keep. What differs in others is added up in one series; of gauges the last value counts.
    /// </summary>
    public IReadOnlyCollection<string>? Tags { get; init; }

    /// <summary>The upper bounds of a histogram's buckets. <see cref="MetricsOptions.Buckets"/> goes before it.</summary>
    public IReadOnlyCollection<double>? Boundaries { get; init; }

    /// <summary>How many series there may be; 1 at the least. <see cref="MetricsOptions.CardinalityLimits"/> goes before it.</summary>
    public int? CardinalityLimit { get; init; }
}
