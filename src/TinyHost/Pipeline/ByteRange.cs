// Owns: the single range of bytes that a request asks for, RFC 9110 §14.1.2.

using System.Globalization;

namespace TinyHost;

/// <summary>A part of a representation.</summary>
internal readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>
    /// Reads a Range field for a representation of <paramref name="size"/> bytes, at least one. Null when the field is to be ignored: it is
    /// malformed, in another unit, or asks for several ranges, which may be answered whole (§14.2). A range without bytes cannot be
    /// satisfied.
    /// </summary>
    internal static ByteRange? Parse(string field, long size)
    {
        var (unit, set) = Split(field, '=');
        var (first, last) = Split(set.Trim(" \t"), '-');
        if (!unit.Equals("bytes", StringComparison.OrdinalIgnoreCase) || (first.IsEmpty && last.IsEmpty)
            || first.ContainsAnyExceptInRange('0', '9') || last.ContainsAnyExceptInRange('0', '9') || !set.Contains('-'))
        {
            return null;
        }

        if (first.IsEmpty)
        {
            var suffix = Math.Min(Number(last), size);
            return new ByteRange(size - suffix, suffix);
        }

        var (start, end) = (Number(first), last.IsEmpty ? long.MaxValue : Number(last));
        return end < start ? null
            : start >= size ? new ByteRange(0, 0)
            : new ByteRange(start, Math.Min(end, size - 1) - start + 1);
    }

    private static Parts Split(ReadOnlySpan<char> text, char separator)
    {
        var index = text.IndexOf(separator);
        return index < 0 ? new Parts(text, []) : new Parts(text[..index], text[(index + 1)..]);
    }

    // Numbers beyond the range of a long are beyond any file's end.
    private static long Number(ReadOnlySpan<char> digits) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;

    private readonly ref struct Parts(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        private readonly ReadOnlySpan<char> _first = first;
        private readonly ReadOnlySpan<char> _second = second;

        internal void Deconstruct(out ReadOnlySpan<char> first, out ReadOnlySpan<char> second)
        {
            first = _first;
            second = _second;
        }
    }
}
