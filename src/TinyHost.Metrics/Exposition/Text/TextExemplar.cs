// Owns: exemplars at the end of a line of OpenMetrics.
// Source: OpenMetrics 1.0.0, Text Format, Exemplars.

using System.Text;

namespace TinyHost.Metrics;

internal static class TextExemplar
{
    /// <summary>The maximum length of an exemplar in bytes.</summary>
    internal const int MaxLength = 160 + ExemplarLabels.MaxBytes;

    /// <summary>
    /// Appends <c> # {trace_id="…",span_id="…"} value time</c>, with the labels of dropped tags, if there is an exemplar. Returns the new
    /// length of the line.
    /// </summary>
    internal static int Append(Span<byte> line, int at, ExemplarSlots? exemplars, int slot) =>
        exemplars is null ? at : Append(line, at, slot, exemplars);

    private static int Append(Span<byte> line, int at, int slot, ExemplarSlots exemplars)
    {
        var dropped = default(KeptTags.Buffer);
        if (!exemplars.TryRead(slot, out var exemplar, dropped))
        {
            return at;
        }

        at = TextSample.Append(line, at, " # {trace_id=\""u8);
        at += Encoding.ASCII.GetBytes(exemplar.TraceId, line[at..]);
        at = TextSample.Append(line, at, "\",span_id=\""u8);
        at += Encoding.ASCII.GetBytes(exemplar.SpanId, line[at..]);
        var labels = new ExemplarLabels(dropped, stackalloc char[ExemplarLabels.RoomLength]);
        while (labels.MoveNext())
        {
            at = TextSample.Append(line, at, "\","u8);
            at += Encoding.ASCII.GetBytes(labels.Name, line[at..]);
            at = TextSample.Append(line, at, "=\""u8);
            at = AppendEscaped(line, at, labels.Value);
        }

        at = TextSample.Append(line, at, "\"} "u8);
        at += SampleValue.Write(exemplar.Value, line[at..]);
        line[at++] = (byte)' ';
        return at + SampleValue.Write(exemplar.Time, line[at..]);
    }

    private static int AppendEscaped(Span<byte> line, int at, ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            at = rune.Value switch
            {
                '\\' => TextSample.Append(line, at, @"\\"u8),
                '\n' => TextSample.Append(line, at, "\\n"u8),
                '"' => TextSample.Append(line, at, "\\\""u8),
                _ => at + rune.EncodeToUtf8(line[at..]),
            };
        }

        return at;
    }
}
