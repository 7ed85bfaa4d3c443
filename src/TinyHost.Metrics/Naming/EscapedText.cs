// Owns: text as UTF-8 with the escapes of the text formats.
// Does not own: what the text means.
// Source: Prometheus text format 0.0.4, "Comments, help text, and type information" and "Line format".

using System.Buffers;
using System.Text;

namespace TinyHost.Metrics;

internal static class EscapedText
{
    /// <summary>Appends a label value: <c>\</c>, <c>"</c> and newline are escaped. A surrogate without its other half becomes U+FFFD.</summary>
    internal static void AppendLabelValue(IBufferWriter<byte> output, string value) => Append(output, value, quotes: true);

    /// <summary>Appends help text: <c>\</c> and newline are escaped, and <c>"</c> where <paramref name="quotes"/> says so (OpenMetrics).</summary>
    internal static void AppendHelp(IBufferWriter<byte> output, string help, bool quotes = false) => Append(output, help, quotes);

    /// <summary>Appends a name: quoted, with the escapes of a label value, when not every reader would take it as it is.</summary>
    internal static void AppendName(IBufferWriter<byte> output, string name, bool allowColon)
    {
        if (NameCharacters.AreValid(name, allowColon))
        {
            Encoding.UTF8.GetBytes(name, output);
            return;
        }

        output.Write("\""u8);
        Append(output, name, quotes: true);
        output.Write("\""u8);
    }

    private static void Append(IBufferWriter<byte> output, ReadOnlySpan<char> text, bool quotes)
    {
        while ((quotes ? text.IndexOfAny('\\', '\n', '"') : text.IndexOfAny('\\', '\n')) is var at and >= 0)
        {
            Encoding.UTF8.GetBytes(text[..at], output);
            output.Write(text[at] switch { '\n' => "\\n"u8, '"' => "\\\""u8, _ => @"\\"u8 });
            text = text[(at + 1)..];
        }

        Encoding.UTF8.GetBytes(text, output);
    }
}
