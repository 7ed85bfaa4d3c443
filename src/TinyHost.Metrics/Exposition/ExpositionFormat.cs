// Owns: what every exposition format must be able to do.
// Does not own: the order of families and series, nor sending (Exposition), nor its name in HTTP (ExpositionType).

namespace TinyHost.Metrics;

/// <summary>A format. <paramref name="index"/> tells what it has encoded of a family from what others have.</summary>
internal abstract class ExpositionFormat(int index)
{
    internal int Index => index;

    /// <summary>True when each family is a message, with its length before it.</summary>
    internal virtual bool IsDelimited => false;

    /// <summary>Writes what stands before the series of a family.</summary>
    internal abstract void WriteHead(ref ChunkWriter output, MetricFamily family);

    /// <summary>Writes the samples of one series.</summary>
    internal abstract void WriteSeries(ref ChunkWriter output, MetricFamily family, Series series);

    /// <summary>Writes what stands at the end of an exposition.</summary>
    internal abstract void WriteEnd(ref ChunkWriter output);
}
