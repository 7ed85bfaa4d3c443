// Owns: OpenMetrics 2, one line for each series.
// Source: OpenMetrics 2.0.0-rc0, Text Format.

namespace TinyHost.Metrics;

/// <summary>
/// OpenMetrics 2: samples have the name of their family, a histogram is one value (<see cref="CompositeHistogram"/>), and the time when
/// counting began is part of the line.
/// </summary>
internal sealed class OpenMetrics2Format : ExpositionFormat
{
    // After text, OpenMetrics 1 and protobuf.
    private const int FirstIndex = TextFormat.Count + (int)EscapingScheme.AllowUtf8 + 1;

    private static readonly OpenMetrics2Format[] s_all =
        [.. Enum.GetValues<EscapingScheme>().Select(scheme => new OpenMetrics2Format(scheme))];

    private OpenMetrics2Format(EscapingScheme escaping)
        : base(FirstIndex + (int)escaping) => Escaping = escaping;

    internal override MetricsFormats Kind => MetricsFormats.OpenMetrics;

    internal EscapingScheme Escaping { get; }

    internal static OpenMetrics2Format In(EscapingScheme escaping) => s_all[(int)escaping];

    internal override void WriteHead(ref ChunkWriter output, MetricFamily family) => output.Write(OpenMetrics2Family.Of(family, this).Head);

    internal override void WriteEnd(ref ChunkWriter output) => output.Write("# EOF\n"u8);

    internal override void WriteSeries(ref ChunkWriter output, MetricFamily family, Series series)
    {
        var text = OpenMetrics2Family.Of(family, this);
        var labels = series.Labels.TextIn(Escaping);
        if (series is HistogramSeries histogram)
        {
            CompositeHistogram.Write(ref output, text, family.Definition, histogram, labels);
        }
        else
        {
            TextSample.Write(ref output, text.Name, labels, ((ScalarSeries)series).Value, series.Exemplars, series.Created);
        }
    }
}
