// Owns: the normal form of paths, which all stages compare: decoded, without dot segments or empty segments (RFC 3986 §5.2.4, §6.2.2).

using System.Buffers;
using System.Text;

namespace TinyHost;

internal static class TargetPath
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Decodes the percent-encoded octets of <paramref name="path"/>, merges repeated slashes and removes dot segments, as file systems do:
    /// <c>//a</c> is <c>/a</c>, <c>/a//../b</c> is <c>/b</c>. A triplet stays encoded, in upper case, where decoding it would change the
    /// path's structure or lose octets: <c>%2F</c>, <c>%25</c>, and octets that are not valid UTF-8.
    /// Returns the length written to <paramref name="destination"/>, which must be as long as the path, or -1 for a malformed triplet or
    /// <c>%00</c>. A path that is empty or begins with <c>/</c> yields one that does the same.
    /// </summary>
    internal static int Normalize(ReadOnlySpan<byte> path, Span<byte> destination)
    {
        var written = 0;
        var segmentStart = 0;
        for (var read = 0; read < path.Length;)
        {
            if (path[read] == (byte)'/')
            {
                read++;
                if (segmentStart > 0 && written == segmentStart)
                {
                    // An empty segment: its slash merges with the one before it.
                    continue;
                }

                written = EndSegment(destination, segmentStart, written, isLast: false);
                destination[written++] = (byte)'/';
                segmentStart = written;
            }
            else if (path[read] != (byte)'%')
            {
                destination[written++] = path[read++];
            }
            else if (!DecodeCharacter(path, ref read, destination, ref written))
            {
                return -1;
            }
        }

        return EndSegment(destination, segmentStart, written, isLast: true);
    }

    /// <summary>Why no request's path ever equals or begins with the text, as the second half of a sentence; null when one can.</summary>
    internal static string? WhyUnreachable(string text)
    {
        if (!text.StartsWith('/'))
        {
            return "it must begin with a slash";
        }

        if (text.AsSpan().ContainsAny('?', '#'))
        {
            return "it describes the path alone, without query or fragment";
        }

        if (text.Contains("//", StringComparison.Ordinal))
        {
            return "it has an empty segment between two slashes";
        }

        byte[] octets;
        try
        {
            octets = s_strictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return "it contains half of a surrogate pair, which is not a character";
        }

        if (octets.Contains((byte)0))
        {
            return "it contains a NUL, which no path does";
        }

        var normal = new byte[octets.Length];
        var length = Normalize(octets, normal);
        return length < 0 ? "a percent sign in a path is written %25"
            : normal.AsSpan(0, length).SequenceEqual(octets) ? null
            : $"paths are compared decoded and without dot segments, as '{s_strictUtf8.GetString(normal, 0, length)}'";
    }

    /// <summary>The octet encoded by the triplet at the start of <paramref name="octets"/> (RFC 3986 §2.1), or -1.</summary>
    internal static int TripletValue(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 3 || octets[0] != (byte)'%')
        {
            return -1;
        }

        var high = Octets.HexValue(octets[1]);
        var low = Octets.HexValue(octets[2]);
        return high < 0 || low < 0 ? -1 : (high << 4) | low;
    }

    /// <summary>True if every percent sign starts a triplet, and none encodes NUL unless <paramref name="allowNul"/>.</summary>
    internal static bool AreTripletsValid(ReadOnlySpan<byte> octets, bool allowNul)
    {
        while (octets.IndexOf((byte)'%') is >= 0 and var next)
        {
            var value = TripletValue(octets[next..]);
            if (value < 0 || (value == 0 && !allowNul))
            {
                return false;
            }

            octets = octets[(next + 3)..];
        }

        return true;
    }

    /// <summary>
    /// RFC 3986 §5.2.4 for a decoded segment: removes <c>.</c>, and removes <c>..</c> together with the segment before it, but never the
    /// root. Returns where writing continues: the slash that ended the segment then overwrites an earlier one.
    /// </summary>
    private static int EndSegment(Span<byte> destination, int segmentStart, int written, bool isLast)
    {
        var segment = destination[segmentStart..written];
        var isParent = segment.SequenceEqual(".."u8);
        if (segmentStart == 0 || !(isParent || segment.SequenceEqual("."u8)))
        {
            return written;
        }

        var slash = segmentStart - 1;
        if (isParent && slash > 0)
        {
            slash = destination[..slash].LastIndexOf((byte)'/');
        }

        return isLast ? slash + 1 : slash;
    }

    /// <summary>Decodes the triplets of one character, or copies those that stay encoded. False for a malformed triplet or NUL.</summary>
    private static bool DecodeCharacter(ReadOnlySpan<byte> path, ref int read, Span<byte> destination, ref int written)
    {
        Span<byte> octets = stackalloc byte[4];
        var count = 0;
        for (var next = read; count < 4 && next < path.Length && path[next] == (byte)'%'; next += 3)
        {
            var value = TripletValue(path[next..]);
            if (value <= 0)
            {
                // An invalid triplet after valid ones is found when reading reaches it.
                break;
            }

            octets[count++] = (byte)value;
        }

        if (count == 0)
        {
            return false;
        }

        var isValid = Rune.DecodeFromUtf8(octets[..count], out _, out var length) == OperationStatus.Done;
        var staysEncoded = !isValid || octets[0] is (byte)'/' or (byte)'%';
        foreach (var octet in octets[..length])
        {
            if (staysEncoded)
            {
                destination[written++] = (byte)'%';
                destination[written++] = UpperHexDigit(octet >> 4);
                destination[written++] = UpperHexDigit(octet & 0xF);
            }
            else
            {
                destination[written++] = octet;
            }
        }

        read += 3 * length;
        return true;
    }

    private static byte UpperHexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);
}
