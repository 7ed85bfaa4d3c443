// Owns: how OpenMetrics spells an exemplar behind a sample.
// Does not own: which samples have one.
// Source: OpenMetrics 1.0.0, Exemplars: at most 128 characters of labels; these have 63.

using System.Text;

namespace TinyHost.Metrics;

internal static class ExemplarText
{
    /// <summary>No exemplar is longer, in octets.</summary>
    internal const int MaxLength = 160;

    /// <summary>Writes <c> # {trace_id="…",span_id="…"} value time</c>, or nothing when there is no exemplar. Returns its length.</summary>
    internal static int Write(ExemplarSlots? exemplars, int slot, Span<byte> destination)
    {
        if (exemplars is null || !exemplars.TryRead(slot, out var exemplar))
        {
            return 0;
        }

        var at = Append(destination, 0, " # {trace_id=\""u8);
        at += Encoding.ASCII.GetBytes(exemplar.TraceId, destination[at..]);
        at = Append(destination, at, "\",span_id=\""u8);
        at += Encoding.ASCII.GetBytes(exemplar.SpanId, destination[at..]);
        at = Append(destination, at, "\"} "u8);
        at += SampleValue.Write(exemplar.Value, destination[at..]);
        destination[at++] = (byte)' ';
        return at + SampleValue.Write(exemplar.Time, destination[at..]);
    }

    private static int Append(Span<byte> destination, int at, ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(destination[at..]);
        return at + octets.Length;
    }
}
