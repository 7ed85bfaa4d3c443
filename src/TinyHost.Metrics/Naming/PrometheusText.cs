// Owns: names and strings as Prometheus reads them: valid names, and the escapes of the text formats.
// Sources: Prometheus data model; Prometheus text format 0.0.4, "Comments, help text, and type information" and "Line format";
// OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric Metadata and Metric Attributes.

using System.Buffers;
using System.Text;

namespace TinyHost.Metrics;

internal static class PrometheusText
{
    /// <summary>True if every Prometheus server accepts the name. Only metric names may contain colons.</summary>
    internal static bool IsValidName(string name, bool allowColon)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(allowColon && c == ':'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Replaces each run of underscores and invalid characters by one underscore, and puts an underscore before a leading digit. An empty
    /// name becomes <c>_</c>.
    /// </summary>
    internal static string ToValidName(string name, bool allowColon)
    {
        var replaced = name.Length < 256 ? stackalloc char[name.Length + 1] : new char[name.Length + 1];
        return new string(replaced[..ToValidName(name, replaced, allowColon)]);
    }

    /// <summary>
    /// Writes the valid name to <paramref name="replaced"/>, which has room for one character more than the name. Returns its length.
    /// </summary>
    internal static int ToValidName(ReadOnlySpan<char> name, Span<char> replaced, bool allowColon)
    {
        var length = 0;
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            replaced[length++] = '_';
        }

        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || (allowColon && c == ':'))
            {
                replaced[length++] = c;
            }
            else if (length == 0 || replaced[length - 1] != '_')
            {
                replaced[length++] = '_';
            }
        }

        return length;
    }

    /// <summary>Appends a name, quoted if it is not valid as it is.</summary>
    internal static void AppendName(IBufferWriter<byte> output, string name, bool allowColon)
    {
        if (IsValidName(name, allowColon))
        {
            Encoding.UTF8.GetBytes(name, output);
        }
        else
        {
            AppendQuoted(output, name);
        }
    }

    /// <summary>Appends a string in quotes.</summary>
    internal static void AppendQuoted(IBufferWriter<byte> output, string text)
    {
        output.Write("\""u8);
        AppendEscaped(output, text, escapeQuotes: true);
        output.Write("\""u8);
    }

    /// <summary>Appends text with escapes for <c>\</c>, newline and perhaps <c>"</c>. An unpaired surrogate becomes U+FFFD.</summary>
    internal static void AppendEscaped(IBufferWriter<byte> output, ReadOnlySpan<char> text, bool escapeQuotes)
    {
        while ((escapeQuotes ? text.IndexOfAny('\\', '\n', '"') : text.IndexOfAny('\\', '\n')) is var at and >= 0)
        {
            Encoding.UTF8.GetBytes(text[..at], output);
            output.Write(text[at] switch { '\n' => "\\n"u8, '"' => "\\\""u8, _ => @"\\"u8 });
            text = text[(at + 1)..];
        }

        Encoding.UTF8.GetBytes(text, output);
    }
}
