// Owns: the text formats 0.0.4, 1.0.0 and OpenMetrics: the lines of a series.
// Sources: Prometheus, "Exposition formats", text-based format; OpenMetrics 1.0.0, Text Format.

using System.Buffers.Text;

namespace TinyHost.Metrics;

/// <summary>Text. A line is assembled from encoded parts (<see cref="TextFamily"/>); only numbers are formatted each time.</summary>
internal sealed class TextFormat : ExpositionFormat
{
    /// <summary>The number of text formats. Their indices are below.</summary>
    internal const int Count = 2 * ((int)EscapingScheme.AllowUtf8 + 1);

    private const int MaxOnStack = 256;

    private static readonly TextFormat[] s_plain = [.. Enum.GetValues<EscapingScheme>().Select(scheme => new TextFormat(false, scheme))];
    private static readonly TextFormat[] s_openMetrics =
        [.. Enum.GetValues<EscapingScheme>().Select(scheme => new TextFormat(true, scheme))];

    private TextFormat(bool openMetrics, EscapingScheme escaping)
        : base(((openMetrics ? 1 : 0) * ((int)EscapingScheme.AllowUtf8 + 1)) + (int)escaping) =>
        (IsOpenMetrics, Escaping) = (openMetrics, escaping);

    /// <summary>Text 0.0.4, which every Prometheus server reads.</summary>
    internal static TextFormat Instance => s_plain[0];

    internal override MetricsFormats Kind => IsOpenMetrics ? MetricsFormats.OpenMetrics : MetricsFormats.Text;

    internal bool IsOpenMetrics { get; }

    internal EscapingScheme Escaping { get; }

    internal static TextFormat Plain(EscapingScheme escaping) => s_plain[(int)escaping];

    internal static TextFormat OpenMetrics(EscapingScheme escaping) => s_openMetrics[(int)escaping];

    internal override void WriteHead(ref ChunkWriter output, MetricFamily family) => output.Write(TextFamily.Of(family, this).Head);

    internal override void WriteEnd(ref ChunkWriter output)
    {
        if (IsOpenMetrics)
        {
            output.Write("# EOF\n"u8);
        }
    }

    internal override void WriteSeries(ref ChunkWriter output, MetricFamily family, Series series)
    {
        var text = TextFamily.Of(family, this);
        var labels = series.Labels.TextIn(Escaping);
        if (series is HistogramSeries histogram)
        {
            WriteHistogram(ref output, text, histogram, labels);
        }
        else
        {
            var exemplars = IsOpenMetrics && !text.IsUnknown ? series.Exemplars : null;
            TextSample.Write(ref output, text.Name, labels, ((ScalarSeries)series).Value, exemplars);
        }

        if (IsOpenMetrics && family.HasCreatedSamples && !text.IsUnknown && !double.IsNaN(series.Created))
        {
            TextSample.Write(ref output, text.CreatedName, labels, series.Created);
        }
    }

    private void WriteHistogram(ref ChunkWriter output, TextFamily text, HistogramSeries series, ReadOnlySpan<byte> labels)
    {
        var ends = text.BucketEnds;
        var open = text.BucketName.Open;
        var exemplars = IsOpenMetrics ? series.Exemplars : null;
        var counts = ends.Length <= MaxOnStack ? stackalloc long[ends.Length] : new long[ends.Length];
        var sum = series.Read(counts);

        long count = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            count += counts[i];
            ReadOnlySpan<byte> end = ends[i];
            var line = output.Reserve(open.Length + labels.Length + 1 + end.Length + SampleValue.MaxLength + TextExemplar.MaxLength + 1);
            var at = TextSample.Append(line, 0, open);
            if (labels.Length > 0)
            {
                at = TextSample.Append(line, at, labels);
                line[at++] = (byte)',';
            }

            at = TextSample.Append(line, at, end);
            Utf8Formatter.TryFormat(count, line[at..], out var digits);
            at = TextExemplar.Append(line, at + digits, exemplars, i);
            line[at++] = (byte)'\n';
            output.Advance(at);
        }

        // OpenMetrics does not allow a sum that can decrease.
        if (text.HasSum && (sum >= 0 || !IsOpenMetrics))
        {
            TextSample.Write(ref output, text.SumName, labels, sum);
            TextSample.Write(ref output, text.CountName, labels, count);
        }
    }
}
