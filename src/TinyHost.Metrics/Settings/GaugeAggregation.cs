// Owns: the ways to add up a gauge over several workers.

namespace TinyHost.Metrics;

/// <summary>What the value of a gauge over several worker processes is (<see cref="MetricsOptions.GaugeAggregations"/>).</summary>
public enum GaugeAggregation
{
    /// <summary>The sum of the workers' values, such as of sizes and counts.</summary>
    Sum,

    /// <summary>The greatest value, such as of times, limits and temperatures.</summary>
    Max,

    /// <summary>The value of the worker that was started last, such as of a version or a setting.</summary>
    Latest,

    /// <summary>The least value, such as of states that are 0 if something is wrong, and of times at which something expires.</summary>
    Min,
}
