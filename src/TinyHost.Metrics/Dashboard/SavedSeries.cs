// Owns: the series of one exposition within a page that is saved.

using System.Buffers;
using System.Text;
using System.Text.Json;

namespace TinyHost.Metrics;

/// <summary>The samples of one scrape, each a line of the text format, or the reason why the scrape failed.</summary>
/// <param name="Text">The lines.</param>
/// <param name="IsCut">Whether there were more.</param>
/// <param name="Fault">Why the scrape failed; null if it succeeded.</param>
internal sealed record SavedSeries(string Text, bool IsCut, string? Fault)
{
    /// <summary>The limit on samples, so that the file stays small.</summary>
    internal const int MaxSeries = 5_000;

    private const int PieceLength = 32_768;

    /// <summary>A page without series.</summary>
    internal static SavedSeries Failed(string fault) => new("", false, fault.Trim());

    /// <summary>The first samples of an exposition in text.</summary>
    internal static SavedSeries Read(Exposition exposition)
    {
        var output = new ArrayBufferWriter<byte>();
        var kept = new StringBuilder();
        var (count, isCut, hasMore) = (0, false, true);
        while (hasMore && !isCut)
        {
            hasMore = exposition.Write(output, PieceLength);
            var text = output.WrittenSpan;
            for (int end; !isCut && (end = text.IndexOf((byte)'\n')) >= 0; text = text[(end + 1)..])
            {
                var line = text[..end];
                if (line.IsEmpty || line[0] == '#')
                {
                    continue;
                }

                isCut = ++count > MaxSeries;
                if (!isCut)
                {
                    kept.Append(Encoding.UTF8.GetString(line)).Append('\n');
                }
            }

            // A line of an exporter may end in the next piece.
            var rest = text.ToArray();
            output.ResetWrittenCount();
            output.Write(rest);
        }

        return new SavedSeries(kept.ToString(), isCut, null);
    }

    /// <summary>Writes the series as JSON; null for none.</summary>
    internal static void Write(IBufferWriter<byte> output, SavedSeries? series)
    {
        using var json = new Utf8JsonWriter(output);
        if (series is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartArray();
        json.WriteStringValue(series.Text);
        json.WriteBooleanValue(series.IsCut);
        json.WriteStringValue(series.Fault);
        json.WriteEndArray();
    }
}
