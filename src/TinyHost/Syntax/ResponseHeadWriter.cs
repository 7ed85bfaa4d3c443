// Owns: the octets of a response's field lines, RFC 9112 §5, and how many they are.
// Does not own: the status line (StatusLine), or which fields a response has. Names and values
// were checked when they were set (ResponseFields).

using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace TinyHost;

internal static class ResponseHeadWriter
{
    /// <summary>The most octets <see cref="WriteContentLength"/> writes.</summary>
    internal const int MaxContentLengthSize = 16 + 19 + 2;

    /// <summary>How many octets <see cref="WriteField"/> writes.</summary>
    internal static long FieldSize(string name, string value) => (long)name.Length + 2 + value.Length + 2;

    /// <summary>Writes <c>name: value CRLF</c>, in Latin-1 (RFC 9110 §5.5), and returns its size. The destination must hold it.</summary>
    // Not inlined, as ResponseHead.Write is not.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int WriteField(Span<byte> destination, string name, string value)
    {
        var written = Encode(name, destination);
        written += Copy(": "u8, destination[written..]);
        written += Encode(value, destination[written..]);
        return written + WriteEnd(destination[written..]);
    }

    /// <summary>Writes a Content-Length line (RFC 9110 §8.6) and returns its size, at most <see cref="MaxContentLengthSize"/>.</summary>
    internal static int WriteContentLength(Span<byte> destination, long contentLength)
    {
        Debug.Assert(contentLength >= 0, "a length is never negative");
        var written = Copy("Content-Length: "u8, destination);
        Utf8Formatter.TryFormat(contentLength, destination[written..], out var digits);
        written += digits;
        return written + WriteEnd(destination[written..]);
    }

    /// <summary>Writes a line end, which behind the last field line ends the section, and returns its size.</summary>
    internal static int WriteEnd(Span<byte> destination) => Copy("\r\n"u8, destination);

    // Nearly always ASCII, whose conversion every process has at hand.
    private static int Encode(string text, Span<byte> destination) =>
        Ascii.FromUtf16(text, destination, out var written) == OperationStatus.Done ? written : Encoding.Latin1.GetBytes(text, destination);

    private static int Copy(ReadOnlySpan<byte> octets, Span<byte> destination)
    {
        octets.CopyTo(destination);
        return octets.Length;
    }
}
