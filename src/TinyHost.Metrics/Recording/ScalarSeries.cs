// Owns: what series of one value have in common.
// Does not own: where the value comes from.

namespace TinyHost.Metrics;

internal abstract class ScalarSeries(LabelSet labels) : Series(labels)
{
    /// <summary>The value now.</summary>
    internal abstract double Value { get; }
}
