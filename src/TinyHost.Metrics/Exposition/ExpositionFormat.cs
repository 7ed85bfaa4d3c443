// Owns: what every exposition format can do, and its name in HTTP.

namespace TinyHost.Metrics;

/// <summary>An exposition format. <paramref name="index"/> is its place in <see cref="MetricFamily.Encoded"/>.</summary>
internal abstract class ExpositionFormat(int index)
{
    internal int Index => index;

    /// <summary>True if each family is a message, preceded by its length.</summary>
    internal virtual bool IsDelimited => false;

    /// <summary>Writes what precedes the series of a family.</summary>
    internal abstract void WriteHead(ref ChunkWriter output, MetricFamily family);

    /// <summary>Writes the samples of one series.</summary>
    internal abstract void WriteSeries(ref ChunkWriter output, MetricFamily family, Series series);

    /// <summary>Writes the end of the exposition.</summary>
    internal abstract void WriteEnd(ref ChunkWriter output);
}

/// <summary>A format and its <c>Content-Type</c>.</summary>
internal sealed record ExpositionType(ExpositionFormat Format, string ContentType)
{
    /// <summary>Text 0.0.4, which every Prometheus server reads.</summary>
    internal static ExpositionType Text004 { get; } = new(TextFormat.Instance, "text/plain; version=0.0.4; charset=utf-8");
}
