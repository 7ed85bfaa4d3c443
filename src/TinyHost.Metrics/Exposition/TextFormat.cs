// Owns: text format 0.0.4.
// Does not own: what of a family never changes (TextFamily).
// Source: Prometheus, "Exposition formats", text-based format 0.0.4.

using System.Buffers.Text;

namespace TinyHost.Metrics;

/// <summary>The text format every Prometheus server reads. A line is copied together from encoded parts; only numbers are formatted.</summary>
internal sealed class TextFormat : ExpositionFormat
{
    internal static readonly TextFormat Instance = new();

    private TextFormat()
    {
    }

    internal override string ContentType => "text/plain; version=0.0.4; charset=utf-8";

    internal override void WriteHead(ref ChunkWriter output, MetricFamily family) => output.Write(TextFamily.Of(family).Head);

    internal override void WriteSeries(ref ChunkWriter output, MetricFamily family, Series series)
    {
        TextFamily text = TextFamily.Of(family);
        if (series is HistogramSeries histogram)
        {
            WriteHistogram(ref output, text, histogram);
        }
        else
        {
            WriteScalar(ref output, text.Name, series.Labels.Text, ((ScalarSeries)series).Value);
        }
    }

    private static void WriteScalar(ref ChunkWriter output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> labels, double value)
    {
        Span<byte> line = output.Reserve(name.Length + labels.Length + "{} \n".Length + SampleValue.MaxLength);
        int at = Append(line, 0, name);
        if (labels.Length > 0)
        {
            line[at++] = (byte)'{';
            at = Append(line, at, labels);
            line[at++] = (byte)'}';
        }

        line[at++] = (byte)' ';
        at += SampleValue.Write(value, line[at..]);
        line[at++] = (byte)'\n';
        output.Advance(at);
    }

    private static void WriteHistogram(ref ChunkWriter output, TextFamily text, HistogramSeries series)
    {
        ReadOnlySpan<byte> labels = series.Labels.Text;
        byte[][] ends = text.BucketEnds;
        Span<long> counts = ends.Length <= MaxOnStack ? stackalloc long[ends.Length] : new long[ends.Length];
        double sum = series.Read(counts);

        long count = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            count += counts[i];
            ReadOnlySpan<byte> end = ends[i];
            Span<byte> line = output.Reserve(text.BucketName.Length + labels.Length + 1 + end.Length + SampleValue.MaxLength + 1);
            int at = Append(line, 0, text.BucketName);
            if (labels.Length > 0)
            {
                at = Append(line, at, labels);
                line[at++] = (byte)',';
            }

            at = Append(line, at, end);
            Utf8Formatter.TryFormat(count, line[at..], out int digits);
            at += digits;
            line[at++] = (byte)'\n';
            output.Advance(at);
        }

        WriteScalar(ref output, text.SumName, labels, sum);
        WriteScalar(ref output, text.CountName, labels, count);
    }

    private static int Append(Span<byte> line, int at, ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(line[at..]);
        return at + octets.Length;
    }

    private const int MaxOnStack = 256;
}
