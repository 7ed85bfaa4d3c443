// Owns: exemplars with line feeds in the values of their labels. prometheus-net does not escape these values.
// Source: OpenMetrics 1.0.0, ABNF.

namespace TinyHost.Metrics;

internal static class BrokenExemplar
{
    // Bounds the search for the end of a value.
    private const int MaxLines = 10;

    /// <summary>
    /// Where an exemplar ends whose first line ends before <paramref name="next"/>: a value that the line does not end continues up to the
    /// line that ends it and the labels. If no line does, the first one is the whole exemplar.
    /// </summary>
    /// <param name="bytes">The whole text.</param>
    /// <param name="next">The start of the line after the exemplar's first line.</param>
    /// <param name="first">The first line, from the exemplar on.</param>
    internal static int End(ReadOnlySpan<byte> bytes, int next, ReadOnlySpan<byte> first)
    {
        if (first.IndexOf("=\""u8) < 0 || first.IndexOf("\"}"u8) >= 0)
        {
            return next;
        }

        for (var (at, lines) = (next, 0); at < bytes.Length && lines < MaxLines; lines++)
        {
            var line = bytes.Slice(at, bytes[at..].IndexOf((byte)'\n'));
            at += line.Length + 1;
            if (line.IndexOf("\"} "u8) >= 0)
            {
                return at;
            }
        }

        return next;
    }
}
