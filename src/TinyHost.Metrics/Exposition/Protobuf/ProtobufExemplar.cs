// Owns: exemplars and times in protobuf.
// Source: Prometheus client_model, io.prometheus.client.Exemplar and LabelPair; google.protobuf.Timestamp.

using System.Text;

namespace TinyHost.Metrics;

internal static class ProtobufExemplar
{
    /// <summary>The maximum length of an exemplar with its tag, in bytes.</summary>
    internal const int MaxLength = 128 + ExemplarLabels.MaxBytes;

    /// <summary>Writes an exemplar as a field, if there is one.</summary>
    internal static void Write(ref BackwardWriter output, int field, ExemplarSlots? exemplars, int slot)
    {
        if (exemplars is null)
        {
            return;
        }

        var dropped = default(KeptTags.Buffer);
        if (!exemplars.TryRead(slot, out var exemplar, dropped))
        {
            return;
        }

        // Exemplar: label = 1, value = 2, timestamp = 3.
        var end = output.Length;
        WriteTime(ref output, 3, exemplar.Time);
        output.Field(2, exemplar.Value);
        var labels = new ExemplarLabels(dropped, stackalloc char[ExemplarLabels.RoomLength]);
        while (labels.MoveNext())
        {
            WriteLabel(ref output, labels.Name, labels.Value);
        }

        WriteLabel(ref output, "span_id", exemplar.SpanId);
        WriteLabel(ref output, "trace_id", exemplar.TraceId);
        output.EndField(field, end);
    }

    /// <summary>Writes a time in seconds since 1970, to the millisecond, as a field, unless it is NaN.</summary>
    internal static void WriteTime(ref BackwardWriter output, int field, double time)
    {
        if (double.IsNaN(time))
        {
            return;
        }

        // Timestamp: seconds = 1, nanos = 2. Nanoseconds count forward from the second, before 1970 too.
        var end = output.Length;
        var milliseconds = (long)Math.Round(time * 1_000);
        var seconds = (long)Math.Floor(milliseconds / 1_000.0);
        output.Field(2, (ulong)(milliseconds - (seconds * 1_000)) * 1_000_000);
        output.Field(1, (ulong)seconds);
        output.EndField(field, end);
    }

    // LabelPair: name = 1, value = 2.
    private static void WriteLabel(ref BackwardWriter output, scoped ReadOnlySpan<char> name, scoped ReadOnlySpan<char> value)
    {
        var end = output.Length;
        Span<byte> bytes = stackalloc byte[ExemplarLabels.MaxBytes];
        output.Field(2, bytes[..Encoding.UTF8.GetBytes(value, bytes)]);
        output.Field(1, bytes[..Encoding.UTF8.GetBytes(name, bytes)]);
        output.EndField(1, end);
    }
}
