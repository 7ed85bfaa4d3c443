// Owns: what every exposition format must be able to do.
// Does not own: the order of families and series, nor sending (Exposition).

namespace TinyHost.Metrics;

internal abstract class ExpositionFormat
{
    /// <summary>The Content-Type of an exposition in this format.</summary>
    internal abstract string ContentType { get; }

    /// <summary>Writes what stands before the series of a family.</summary>
    internal abstract void WriteHead(ref ChunkWriter output, MetricFamily family);

    /// <summary>Writes the samples of one series.</summary>
    internal abstract void WriteSeries(ref ChunkWriter output, MetricFamily family, Series series);
}
