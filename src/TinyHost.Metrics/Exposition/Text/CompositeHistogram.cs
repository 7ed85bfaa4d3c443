// Owns: histograms in OpenMetrics 2: count, sum, and native and classic buckets as one value.
// Source: OpenMetrics 2.0.0-rc0, Histogram with Classic Buckets, with Native Buckets, and with both.

using System.Buffers.Text;

namespace TinyHost.Metrics;

internal static class CompositeHistogram
{
    // The longest integer, its name, and punctuation.
    private const int MaxInteger = 40;

    /// <summary>Writes the line of one series.</summary>
    internal static void Write(
        ref ChunkWriter output,
        OpenMetrics2Family text,
        InstrumentDefinition definition,
        HistogramSeries series,
        ReadOnlySpan<byte> labels)
    {
        using var reading = new HistogramReading(definition, series);
        output.Advance(TextSample.Begin(output.Reserve(TextSample.MaxBeginning(text.Name, labels)), text.Name, labels));
        Write(ref output, "{count:"u8, reading.Count);
        Write(ref output, ",sum:"u8, reading.Sum);
        if (definition.Native is not null)
        {
            WriteNative(ref output, in reading);
        }

        // A native histogram without classic buckets has no bounds.
        if (definition.Native is null || definition.Boundaries.Length > 0)
        {
            WriteClassic(ref output, text.Bounds, reading.Counts);
        }

        var end = output.Reserve(1 + TextSample.MaxStart);
        end[0] = (byte)'}';
        output.Advance(TextSample.AppendStart(end, 1, reading.Created));
        for (var slot = 0; slot < reading.Counts.Length; slot++)
        {
            output.Advance(TextExemplar.Append(output.Reserve(TextExemplar.MaxLength), 0, series.Exemplars, slot));
        }

        output.Write("\n"u8);
    }

    private static void WriteNative(ref ChunkWriter output, in HistogramReading reading)
    {
        Write(ref output, ",schema:"u8, reading.Native.Schema);
        Write(ref output, ",zero_threshold:"u8, reading.Native.ZeroThreshold);
        Write(ref output, ",zero_count:"u8, reading.Native.ZeroCount);
        WriteNative(ref output, ",negative_spans:["u8, "],negative_buckets:["u8, reading.Negative);
        WriteNative(ref output, ",positive_spans:["u8, "],positive_buckets:["u8, reading.Positive);
    }

    // Spans of adjacent buckets, as gap and length, and the count of each bucket. The first gap is the index of the first bucket.
    private static void WriteNative(
        ref ChunkWriter output, ReadOnlySpan<byte> spansBegin, ReadOnlySpan<byte> countsBegin, ReadOnlySpan<NativeBucket> buckets)
    {
        if (buckets.IsEmpty)
        {
            return;
        }

        var separator = spansBegin;
        for (var first = 0; first < buckets.Length;)
        {
            var length = 1;
            while (first + length < buckets.Length && buckets[first + length].Index == buckets[first].Index + length)
            {
                length++;
            }

            Write(ref output, separator, first == 0 ? buckets[0].Index : buckets[first].Index - buckets[first - 1].Index - 1);
            Write(ref output, ":"u8, length);
            separator = ","u8;
            first += length;
        }

        separator = countsBegin;
        foreach (var bucket in buckets)
        {
            Write(ref output, separator, bucket.Count);
            separator = ","u8;
        }

        output.Write("]"u8);
    }

    private static void WriteClassic(ref ChunkWriter output, byte[][] bounds, ReadOnlySpan<long> counts)
    {
        long cumulative = 0;
        output.Write(",bucket:["u8);
        for (var i = 0; i < bounds.Length; i++)
        {
            cumulative += counts[i];
            output.Write(i > 0 ? ","u8 : default);
            Write(ref output, bounds[i], cumulative);
        }

        output.Write("]"u8);
    }

    private static void Write(ref ChunkWriter output, ReadOnlySpan<byte> name, long value)
    {
        var room = output.Reserve(MaxInteger);
        var at = TextSample.Append(room, 0, name);
        Utf8Formatter.TryFormat(value, room[at..], out var digits);
        output.Advance(at + digits);
    }

    private static void Write(ref ChunkWriter output, ReadOnlySpan<byte> name, double value)
    {
        var room = output.Reserve(name.Length + SampleValue.MaxLength);
        var at = TextSample.Append(room, 0, name);
        output.Advance(at + SampleValue.Write(value, room[at..]));
    }
}
