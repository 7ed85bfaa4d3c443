// Owns: the PromQL of charts: for classic histograms, and for native ones, which have no series of their buckets.
// Source: Prometheus, "Query functions": histogram_avg, histogram_count, histogram_quantile.

namespace TinyHost.Metrics;

/// <summary>Queries for the figures of a family.</summary>
internal sealed class ChartQueries(SharedFamily family)
{
    private readonly string _name = family.Name;

    /// <summary>Whether the family has native buckets alone.</summary>
    internal bool IsNative { get; } = family.NativeBuckets > 0 && family.Boundaries.Length == 0;

    internal string Mean => IsNative ? $"histogram_avg(rate({_name}[5m]))" : $"rate({_name}_sum[5m]) / rate({_name}_count[5m])";

    internal string Quantile => IsNative
        ? $"histogram_quantile(0.99, sum(rate({_name}[5m])))"
        : $"histogram_quantile(0.99, sum by (le) (rate({_name}_bucket[5m])))";

    internal string Buckets => IsNative ? $"sum(increase({_name}[1m]))" : $"sum by (le) (increase({_name}_bucket[1m]))";

    /// <summary>The rate of a counter.</summary>
    internal string Counter(string by) => $"sum by ({by}) (rate({_name}[5m]))";

    /// <summary>The rate of measurements of a histogram, of the series that match.</summary>
    internal string Rate(string by, string matching = "")
    {
        var selected = matching.Length > 0 ? $"{{{matching}}}" : "";
        return IsNative
            ? $"histogram_count(sum by ({by}) (rate({_name}{selected}[5m])))"
            : $"sum by ({by}) (rate({_name}_count{selected}[5m]))";
    }
}
