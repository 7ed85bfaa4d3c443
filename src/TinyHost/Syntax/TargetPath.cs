// Owns: turning a request target's path into the one normal form that every stage compares: decoded, without dot segments or empty segments
// (RFC 3986 §2.1, §5.2.4, §6.2.2).
// Does not own: splitting the target (RequestTarget), or what a program may compare the path with (PathText).

using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace TinyHost;

internal static class TargetPath
{
    /// <summary>
    /// Decodes the percent-encoded octets of <paramref name="path"/>, joins slashes that follow each other, and removes dot segments, as a file
    /// system would: <c>//a</c> is <c>/a</c>, and <c>/a//../b</c> is <c>/b</c>. Writes into <paramref name="destination"/>
    /// (as long as <paramref name="path"/> at the least). A triplet stays encoded, its digits in upper case, where decoding would change the
    /// path's structure or lose octets: <c>%2F</c>, <c>%25</c> (so that a triplet in the result is one of the target's, never text that looks
    /// like one), and octets that do not form valid UTF-8. Returns the UTF-8 length written, or -1 for
    /// a malformed triplet or <c>%00</c>. A path that is empty or begins with <c>/</c> yields one that does the same.
    /// </summary>
    internal static int Normalize(ReadOnlySpan<byte> path, Span<byte> destination)
    {
        var written = 0;
        var segmentStart = 0;
        for (var read = 0; read < path.Length;)
        {
            if (path[read] == (byte)'/')
            {
                if (segmentStart > 0 && written == segmentStart)
                {
                    // An empty segment: what lies behind it must not pass a stage that looks for it behind one slash.
                    read++;
                    continue;
                }

                written = EndSegment(destination, segmentStart, written, isLast: false);
                destination[written++] = (byte)'/';
                segmentStart = written;
                read++;
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

    /// <summary>True when the path holds a <c>%</c>, an empty segment or a dot segment, so that <see cref="Normalize"/> may change it.</summary>
    internal static bool NeedsNormalizing(ReadOnlySpan<byte> path)
    {
        var i = 0;
        ref var first = ref MemoryMarshal.GetReference(path);
        for (; i < path.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            var octet = Vector128.LoadUnsafe(ref first, (nuint)i);
            var next = Vector128.LoadUnsafe(ref first, (nuint)i + 1);
            var isOdd = Vector128.Equals(octet, Vector128.Create((byte)'%'))
                | (Vector128.Equals(octet, Vector128.Create((byte)'/'))
                    & (Vector128.Equals(next, Vector128.Create((byte)'/')) | Vector128.Equals(next, Vector128.Create((byte)'.'))));
            if (isOdd != Vector128<byte>.Zero)
            {
                return IsOdd(path[i..]);
            }
        }

        return IsOdd(path[i..]);
    }

    private static bool IsOdd(ReadOnlySpan<byte> path)
    {
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == (byte)'%' || (path[i] == (byte)'/' && IsOddSegment(path[(i + 1)..])))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when the segment that begins here is a dot segment, or empty and not the last.</summary>
    private static bool IsOddSegment(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path[0] is not ((byte)'/' or (byte)'.'))
        {
            return false;
        }

        var end = path.IndexOf((byte)'/');
        return end == 0 || IsDotSegment(end < 0 ? path : path[..end]);
    }

    /// <summary>
    /// RFC 3986 §5.2.4 for a segment that lies decoded behind its slash: <c>.</c> goes, <c>..</c> goes and takes the segment before it along, never
    /// the root. Returns where writing goes on: the slash that ended the segment then stands in for the one before it.
    /// </summary>
    private static int EndSegment(Span<byte> destination, int segmentStart, int written, bool isLast)
    {
        var segment = destination[segmentStart..written];
        if (segmentStart == 0 || !IsDotSegment(segment))
        {
            return written;
        }

        var slash = segmentStart - 1;
        if (segment.Length == 2 && slash > 0)
        {
            slash = destination[..slash].LastIndexOf((byte)'/');
        }

        return isLast ? slash + 1 : slash;
    }

    private static bool IsDotSegment(ReadOnlySpan<byte> segment) => segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8);

    /// <summary>Decodes the triplets of one character at <paramref name="read"/>, or copies those that stay. False when one is malformed or NUL.</summary>
    private static bool DecodeCharacter(ReadOnlySpan<byte> path, ref int read, Span<byte> destination, ref int written)
    {
        Span<byte> octets = stackalloc byte[4];
        var count = 0;
        for (var next = read; count < 4 && next < path.Length && path[next] == (byte)'%'; next += 3)
        {
            var value = Octets.TripletValue(path[next..]);
            if (value <= 0)
            {
                // A bad triplet behind a good one is judged when its turn comes.
                break;
            }

            octets[count++] = (byte)value;
        }

        if (count == 0)
        {
            return false;
        }

        var isValid = Rune.DecodeFromUtf8(octets[..count], out _, out var length) == OperationStatus.Done;
        var stays = !isValid || octets[0] is (byte)'/' or (byte)'%';
        foreach (var octet in octets[..length])
        {
            if (stays)
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
