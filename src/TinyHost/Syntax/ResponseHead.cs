// Owns: the octets of a response's head and of its trailer fields, RFC 9112 §4 to §6.

using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace TinyHost;

/// <summary>How a response's content is delimited, RFC 9112 §6.3.</summary>
internal enum ResponseFraming : byte
{
    NoContent,
    ContentLength,
    Chunked,
    UntilClose,
}

/// <summary>One response's head. Field names and values were validated when they were set.</summary>
internal readonly ref struct ResponseHead
{
    private const int MaxStatusLine = 64;

    // Content-Length, Transfer-Encoding, two Connection lines and the empty line, at their longest.
    private const int MaxServerFields = 128;

    /// <summary>RFC 9110 §15.2.1.</summary>
    internal static ReadOnlySpan<byte> Continue => "HTTP/1.1 100 Continue\r\n\r\n"u8;

    internal required int StatusCode { get; init; }

    /// <summary>The Date field line with its line end.</summary>
    internal required ReadOnlySpan<byte> DateLine { get; init; }

    internal ReadOnlySpan<KeyValuePair<string, string>> Fields { get; init; }

    internal ResponseFraming Framing { get; init; }

    /// <summary>For <see cref="ResponseFraming.ContentLength"/>.</summary>
    internal long ContentLength { get; init; }

    internal bool IsPersistent { get; init; }

    /// <summary>Whether the request is HTTP/1.0.</summary>
    internal bool IsHttp10 { get; init; }

    /// <summary>The most octets that <see cref="Write"/> writes.</summary>
    internal int MaxSize => (int)Math.Min(MaxStatusLine + DateLine.Length + MaxServerFields + FieldsSize(Fields), int.MaxValue);

    /// <summary>Writes the head with its empty line, and returns its size.</summary>
    // Not inlined, to keep down the memory that compiling it takes (docs/performance.md).
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal int Write(Span<byte> destination)
    {
        var length = WriteStatusLine(destination, StatusCode);
        length += Copy(DateLine, destination[length..]);

        // RFC 9110 §7.8: Upgrade comes with its connection option.
        if (HasUpgrade(Fields))
        {
            length += Copy("Connection: Upgrade\r\n"u8, destination[length..]);
        }

        length += WriteFields(destination[length..], Fields);
        if (Framing == ResponseFraming.ContentLength)
        {
            length += WriteContentLength(destination[length..], ContentLength);
        }
        else if (Framing == ResponseFraming.Chunked)
        {
            length += Copy("Transfer-Encoding: chunked\r\n"u8, destination[length..]);
        }

        // RFC 9112 §9.3: HTTP/1.1 connections persist by default, HTTP/1.0 connections only by agreement.
        if (!IsPersistent)
        {
            length += Copy("Connection: close\r\n"u8, destination[length..]);
        }
        else if (IsHttp10)
        {
            length += Copy("Connection: keep-alive\r\n"u8, destination[length..]);
        }

        return length + Copy("\r\n"u8, destination[length..]);
    }

    /// <summary>
    /// Writes <c>HTTP/1.1 SP status-code SP reason-phrase CRLF</c>, whatever the request's version (RFC 9110 §6.2), and returns its size.
    /// Throws <see cref="ArgumentOutOfRangeException"/> for a code outside 100–999.
    /// </summary>
    internal static int WriteStatusLine(Span<byte> destination, int statusCode)
    {
        if (statusCode == 200)
        {
            return Copy("HTTP/1.1 200 OK\r\n"u8, destination);
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, 100);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, 999);
        var length = Copy("HTTP/1.1 "u8, destination);
        Utf8Formatter.TryFormat(statusCode, destination[length..], out var digits);
        length += digits;
        length += Copy(" "u8, destination[length..]);
        length += Encode(ReasonPhrase.For(statusCode), destination[length..]);
        return length + Copy("\r\n"u8, destination[length..]);
    }

    /// <summary>How many octets <see cref="WriteFields"/> writes.</summary>
    internal static long FieldsSize(ReadOnlySpan<KeyValuePair<string, string>> fields)
    {
        var size = 0L;
        foreach (ref readonly var field in fields)
        {
            size += (long)field.Key.Length + field.Value.Length + ": \r\n".Length;
        }

        return size;
    }

    /// <summary>
    /// Writes a <c>name: value CRLF</c> for each field, in Latin-1 (RFC 9110 §5.5), and returns their size. The destination must hold it.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static int WriteFields(Span<byte> destination, ReadOnlySpan<KeyValuePair<string, string>> fields)
    {
        var length = 0;
        foreach (ref readonly var field in fields)
        {
            length += Encode(field.Key, destination[length..]);
            length += Copy(": "u8, destination[length..]);
            length += Encode(field.Value, destination[length..]);
            length += Copy("\r\n"u8, destination[length..]);
        }

        return length;
    }

    // RFC 9110 §8.6.
    private static int WriteContentLength(Span<byte> destination, long contentLength)
    {
        var length = Copy("Content-Length: "u8, destination);
        Utf8Formatter.TryFormat(contentLength, destination[length..], out var digits);
        length += digits;
        return length + Copy("\r\n"u8, destination[length..]);
    }

    private static bool HasUpgrade(ReadOnlySpan<KeyValuePair<string, string>> fields)
    {
        foreach (ref readonly var field in fields)
        {
            if (field.Key.Equals("Upgrade", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // Nearly always ASCII.
    private static int Encode(string text, Span<byte> destination) =>
        Ascii.FromUtf16(text, destination, out var written) == OperationStatus.Done ? written : Encoding.Latin1.GetBytes(text, destination);

    private static int Copy(ReadOnlySpan<byte> octets, Span<byte> destination)
    {
        octets.CopyTo(destination);
        return octets.Length;
    }
}
