// Owns: finding figures in the files of the proc file system.
// Source: proc(5): /proc/pid/stat, /proc/pid/limits, /proc/stat, /proc/pid/net/netstat.

using System.Buffers.Text;

namespace TinyHost.Metrics;

/// <summary>Figures by their names or numbers; NaN if they are missing.</summary>
internal static class ProcText
{
    private const byte LineFeed = (byte)'\n';
    private const byte Space = (byte)' ';

    /// <summary>
    /// A field of the line in <c>/proc/pid/stat</c> by its number in proc(5), from 3. The second field, in parentheses, may itself contain
    /// spaces and parentheses.
    /// </summary>
    internal static double StatField(ReadOnlySpan<byte> stat, int number)
    {
        stat = stat[(stat.LastIndexOf((byte)')') + 1)..].TrimStart(Space);
        return Field(stat, number - 3);
    }

    /// <summary>A soft limit in <c>/proc/pid/limits</c>; <paramref name="unlimited"/> if there is no limit.</summary>
    internal static double SoftLimit(ReadOnlySpan<byte> limits, ReadOnlySpan<byte> name, double unlimited)
    {
        var soft = LineAfter(limits, name).TrimStart(Space);
        return soft.StartsWith("unlimited"u8) ? unlimited : Number(soft);
    }

    /// <summary>When the system was started, in seconds since 1970, from <c>/proc/stat</c>.</summary>
    internal static double BootSeconds(ReadOnlySpan<byte> stat) => Number(LineAfter(stat, "btime "u8));

    /// <summary>
    /// A figure in <c>/proc/pid/net/netstat</c>: each group has a line of names and a line of figures, both with the group's name first.
    /// </summary>
    internal static double NetworkFigure(ReadOnlySpan<byte> netstat, ReadOnlySpan<byte> group, ReadOnlySpan<byte> name)
    {
        var names = LineAfter(netstat, group);
        if (names.IsEmpty)
        {
            return double.NaN;
        }

        var figures = LineAfter(netstat[(netstat.IndexOf(names) + names.Length)..], group);
        var number = 0;
        foreach (var field in names.Split(Space))
        {
            if (names[field].SequenceEqual(name))
            {
                return Field(figures, number);
            }

            number++;
        }

        return double.NaN;
    }

    // The rest of the first line that starts like this.
    private static ReadOnlySpan<byte> LineAfter(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start)
    {
        foreach (var line in text.Split(LineFeed))
        {
            if (text[line].StartsWith(start))
            {
                return text[line][start.Length..];
            }
        }

        return default;
    }

    private static double Field(ReadOnlySpan<byte> fields, int number)
    {
        foreach (var field in fields.Split(Space))
        {
            if (number-- == 0)
            {
                return Number(fields[field]);
            }
        }

        return double.NaN;
    }

    private static double Number(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out ulong value, out _) ? value : double.NaN;
}
