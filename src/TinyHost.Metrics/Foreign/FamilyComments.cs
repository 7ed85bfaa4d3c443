// Owns: what the HELP and TYPE lines of an exporter's text tell without reading its samples.

using System.Text;

namespace TinyHost.Metrics;

internal static class FamilyComments
{
    /// <summary>
    /// Divides a text into families where the name in the comments changes. Nothing is checked, and together the families are the text.
    /// Lines before the first comment become a family without a name.
    /// </summary>
    internal static IReadOnlyList<ExporterFamily> Divide(ReadOnlyMemory<byte> text)
    {
        List<ExporterFamily> families = [];
        var bytes = text.Span;
        var (type, start) = ("", 0);
        ReadOnlySpan<byte> name = [];
        for (var at = NextComment(bytes, 0); at < bytes.Length;)
        {
            var endOfLine = EndOfLine(bytes, at);
            var line = bytes[at..endOfLine].TrimEnd((byte)'\n');
            var isType = TryRead(line, "# TYPE "u8, out var described, out var rest);
            if (isType || TryRead(line, "# HELP "u8, out described, out _))
            {
                if (!described.SequenceEqual(name))
                {
                    Add(name, at);
                    name = described;
                    (type, start) = ("", at);
                }

                type = isType ? Encoding.UTF8.GetString(rest) : type;
            }

            at = NextComment(bytes, endOfLine);
        }

        Add(name, bytes.Length);
        return families;

        void Add(ReadOnlySpan<byte> family, int end)
        {
            if (end > start)
            {
                families.Add(new ExporterFamily(Encoding.UTF8.GetString(family), type, text[start..end], Fault: null));
            }
        }
    }

    /// <summary>The HELP text of a family as written; empty if there is none.</summary>
    internal static string Help(ExporterFamily family)
    {
        var bytes = family.Text.Span;
        for (var at = 0; at < bytes.Length && bytes[at] == '#'; at = EndOfLine(bytes, at))
        {
            if (TryRead(bytes[at..EndOfLine(bytes, at)].TrimEnd((byte)'\n'), "# HELP "u8, out _, out var help))
            {
                return Encoding.UTF8.GetString(help);
            }
        }

        return "";
    }

    private static bool TryRead(
        ReadOnlySpan<byte> line, ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> rest)
    {
        name = rest = default;
        if (!line.StartsWith(keyword))
        {
            return false;
        }

        line = line[keyword.Length..];
        var space = line.IndexOf((byte)' ');
        name = space < 0 ? line : line[..space];
        rest = space < 0 ? default : line[(space + 1)..];
        return true;
    }

    // The start of the next line that begins with #, from the start of a line on; the end if there is none.
    private static int NextComment(ReadOnlySpan<byte> bytes, int at)
    {
        if (at >= bytes.Length || bytes[at] == '#')
        {
            return at;
        }

        var next = bytes[at..].IndexOf("\n#"u8);
        return next < 0 ? bytes.Length : at + next + 1;
    }

    private static int EndOfLine(ReadOnlySpan<byte> bytes, int at) =>
        bytes[at..].IndexOf((byte)'\n') is >= 0 and var length ? at + length + 1 : bytes.Length;
}
