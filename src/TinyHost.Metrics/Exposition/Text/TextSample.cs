// Owns: the line of a sample with one value, and what all lines have in common.
// Sources: Prometheus text formats 0.0.4 and 1.0.0; OpenMetrics 1.0.0 and 2.0.0, Text Format.

namespace TinyHost.Metrics;

internal static class TextSample
{
    /// <summary>The maximum length of a start time in bytes.</summary>
    internal const int MaxStart = 4 + SampleValue.MaxLength;

    /// <summary>Writes a line.</summary>
    /// <param name="output">The output.</param>
    /// <param name="name">The name.</param>
    /// <param name="labels">The labels as text, without braces.</param>
    /// <param name="value">The value.</param>
    /// <param name="exemplars">A slot for an exemplar; null for none.</param>
    /// <param name="start">When counting began, if the line has that time; otherwise NaN.</param>
    internal static void Write(
        ref ChunkWriter output,
        SampleName name,
        ReadOnlySpan<byte> labels,
        double value,
        ExemplarSlots? exemplars = null,
        double start = double.NaN)
    {
        var line = output.Reserve(MaxBeginning(name, labels) + SampleValue.MaxLength + MaxStart + TextExemplar.MaxLength + 1);
        var at = Begin(line, name, labels);
        at += SampleValue.Write(value, line[at..]);
        at = AppendStart(line, at, start);
        at = TextExemplar.Append(line, at, exemplars, 0);
        line[at++] = (byte)'\n';
        output.Advance(at);
    }

    /// <summary>The maximum length of what <see cref="Begin"/> writes.</summary>
    internal static int MaxBeginning(SampleName name, ReadOnlySpan<byte> labels) => name.Open.Length + labels.Length + "}} ".Length;

    /// <summary>Writes name and labels and a space. Returns their length.</summary>
    internal static int Begin(Span<byte> line, SampleName name, ReadOnlySpan<byte> labels)
    {
        int at;
        if (labels.Length > 0)
        {
            at = Append(line, 0, name.Open);
            at = Append(line, at, labels);
            line[at++] = (byte)'}';
        }
        else
        {
            at = Append(line, 0, name.Alone);
        }

        line[at++] = (byte)' ';
        return at;
    }

    /// <summary>Appends <c> st@</c> and the time, unless it is NaN. Returns the new length of the line.</summary>
    internal static int AppendStart(Span<byte> line, int at, double start)
    {
        if (double.IsNaN(start))
        {
            return at;
        }

        at = Append(line, at, " st@"u8);
        return at + SampleValue.Write(start, line[at..]);
    }

    internal static int Append(Span<byte> line, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(line[at..]);
        return at + bytes.Length;
    }
}
