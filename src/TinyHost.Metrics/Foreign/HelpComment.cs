// Owns: HELP comments whose text is not escaped as their format requires. prometheus-net escapes nothing in them.
// Sources: Prometheus text format 0.0.4, "Comments, help text, and type information"; OpenMetrics 1.0.0, ABNF.

using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace TinyHost.Metrics;

internal static class HelpComment
{
    // Bounds the search for the end of a text with line feeds.
    private const int MaxLines = 100;

    /// <summary>
    /// Where a HELP comment ends whose first line ends before <paramref name="next"/>. A text with line feeds continues up to the TYPE
    /// comment of its family. If TYPE came first, it continues up to the first sample.
    /// </summary>
    /// <param name="bytes">The whole text.</param>
    /// <param name="next">The start of the line after the comment's first line.</param>
    /// <param name="family">The name of the family.</param>
    /// <param name="hasType">Whether the family's TYPE came first.</param>
    /// <param name="samples">Recognizes samples.</param>
    /// <param name="openMetrics">Whether the format is OpenMetrics, which has neither empty lines nor other comments.</param>
    internal static int End(
        ReadOnlySpan<byte> bytes, int next, ReadOnlySpan<byte> family, bool hasType, SampleGrammar samples, bool openMetrics)
    {
        var end = next;
        for (var (at, lines) = (next, 0); at < bytes.Length && lines < MaxLines; lines++)
        {
            var line = bytes.Slice(at, bytes[at..].IndexOf((byte)'\n'));
            if (IsComment(line, "# TYPE "u8, out var described))
            {
                return hasType || described.SequenceEqual(family) ? end : next;
            }

            var isEnd = at + line.Length + 1 == bytes.Length && line.SequenceEqual("# EOF"u8);
            if (isEnd || IsComment(line, "# HELP "u8, out _) || IsComment(line, "# UNIT "u8, out _))
            {
                break;
            }

            // A line that begins like a sample of the family may also be an invalid one.
            var (isSample, isOfFamily) = (samples.NameLength(line) > 0, IsOf(family, line));
            if (hasType ? isSample || isOfFamily : isSample && isOfFamily)
            {
                break;
            }

            at += line.Length + 1;
            end = openMetrics || !(line.Trim(" \t"u8).IsEmpty || line[0] == '#') ? at : end;
        }

        return hasType ? end : next;
    }

    /// <summary>
    /// Whether the text is valid as it is. OpenMetrics' ABNF also requires quotes to be escaped; but prometheus-net does not do so, and
    /// every reader accepts that.
    /// </summary>
    internal static bool IsEscaped(ReadOnlySpan<byte> help, bool openMetrics)
    {
        if (help.Contains((byte)'\n') || !Utf8.IsValid(help))
        {
            return false;
        }

        while (help.IndexOf((byte)'\\') is var at and >= 0)
        {
            if (!IsEscape(help[at..], openMetrics))
            {
                return false;
            }

            help = help[(at + 2)..];
        }

        return true;
    }

    /// <summary>
    /// The text with every line feed and every backslash that begins no escape escaped, and U+FFFD instead of what is not UTF-8.
    /// </summary>
    internal static byte[] Escape(ReadOnlySpan<byte> help, bool openMetrics)
    {
        var rest = Utf8.IsValid(help) ? help : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(help));
        var escaped = new ArrayBufferWriter<byte>(rest.Length + 16);
        while (rest.IndexOfAny((byte)'\\', (byte)'\n') is var at and >= 0)
        {
            escaped.Write(rest[..at]);
            var isEscape = IsEscape(rest[at..], openMetrics);
            escaped.Write(isEscape ? rest.Slice(at, 2) : rest[at] == '\n' ? "\\n"u8 : @"\\"u8);
            rest = rest[(at + (isEscape ? 2 : 1))..];
        }

        escaped.Write(rest);
        return escaped.WrittenSpan.ToArray();
    }

    private static bool IsEscape(ReadOnlySpan<byte> text, bool openMetrics) =>
        text is [(byte)'\\', (byte)'\\' or (byte)'n', ..] || (openMetrics && text is [(byte)'\\', (byte)'"', ..]);

    private static bool IsComment(ReadOnlySpan<byte> line, ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (!line.StartsWith(keyword))
        {
            return false;
        }

        name = line[keyword.Length..];
        name = name[..SampleGrammar.LengthOfName(name, allowColon: true)];
        return true;
    }

    private static bool IsOf(ReadOnlySpan<byte> family, ReadOnlySpan<byte> line) =>
        line.StartsWith(family)
        && (line.Length == family.Length || line[family.Length] is (byte)'_' or (byte)'{' or (byte)' ' or (byte)'\t');
}
