// Owns: which collection is running, and whose callback is being asked in it.
// Does not own: asking (ObservableSource).

namespace TinyHost.Metrics;

/// <summary>What an observed series must know to take a value. Collections do not overlap, so one of these serves a collector.</summary>
internal sealed class Observation
{
    /// <summary>The number of the collection, from 1.</summary>
    internal long Collection { get; set; }

    /// <summary>The source whose callback runs.</summary>
    internal object? Source { get; set; }
}
