// Owns: putting a response's head, chunk framing and trailer section into octets, RFC 9112 §4–§7.
// Does not own: deciding the framing (ResponseWriter), or the octets' way out (SendBuffer).

using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace TinyHost;

internal static class ResponseHead
{
    // Content-Length, Transfer-Encoding, Connection and the empty line, at their longest.
    private const int ServerFieldsSize = 128;
    private const int MaxChunkLineSize = 18;

    // Not inlined: the compiler would need more than another megabyte for it and its caller as one, which the process then keeps.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Write(
        PooledBuffer destination,
        int statusCode,
        ResponseFields fields,
        DateField date,
        ResponseFraming framing,
        long? contentLength,
        bool persistent,
        bool http10)
    {
        var statusLine = StatusLine.For(statusCode);
        var dateLine = date.Line;
        long size = statusLine.Length + dateLine.Length + ServerFieldsSize;
        for (var i = 0; i < fields.Count; i++)
        {
            var (name, value) = fields.Line(i);
            size += ResponseHeadWriter.FieldSize(name, value);
        }

        // All of it at once: asking for room costs more than copying a line.
        var span = destination.GetSpan((int)Math.Min(size, int.MaxValue));
        var length = 0;
        Append(span, ref length, statusLine);
        Append(span, ref length, dateLine);
        for (var i = 0; i < fields.Count; i++)
        {
            var (name, value) = fields.Line(i);
            length += ResponseHeadWriter.WriteField(span[length..], name, value);
        }

        if (framing == ResponseFraming.ContentLength)
        {
            length += ResponseHeadWriter.WriteContentLength(span[length..], contentLength.GetValueOrDefault());
        }
        else if (framing == ResponseFraming.Chunked)
        {
            Append(span, ref length, "Transfer-Encoding: chunked\r\n"u8);
        }

        // RFC 9112 §9.3: persistence is the rule for 1.1 and the exception for 1.0.
        if (!persistent)
        {
            Append(span, ref length, "Connection: close\r\n"u8);
        }
        else if (http10)
        {
            Append(span, ref length, "Connection: keep-alive\r\n"u8);
        }

        if (fields.OffersUpgrade)
        {
            Append(span, ref length, "Connection: Upgrade\r\n"u8);
        }

        Append(span, ref length, "\r\n"u8);
        destination.Advance(length);
    }

    /// <summary>RFC 9110 §15.2.1.</summary>
    internal static void WriteContinue(PooledBuffer destination) => destination.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);

    /// <summary>RFC 9110 §15.2.2 and §7.8.</summary>
    internal static void WriteUpgrade(PooledBuffer destination, string protocol, ResponseFields fields, DateField date)
    {
        destination.Write(StatusLine.For(101));
        destination.Write(date.Line);
        destination.Write("Connection: Upgrade\r\n"u8);
        WriteField(destination, "Upgrade", protocol);
        WriteFields(destination, fields);
        destination.Write("\r\n"u8);
    }

    internal static void WriteContent(PooledBuffer destination, ReadOnlySpan<byte> content, ResponseFraming framing)
    {
        if (framing != ResponseFraming.Chunked)
        {
            destination.Write(content);
            return;
        }

        WriteChunkSize(destination, content.Length);
        destination.Write(content);
        destination.Write("\r\n"u8);
    }

    internal static void WriteChunkSize(PooledBuffer destination, long size)
    {
        var span = destination.GetSpan(MaxChunkLineSize);
        // Large enough by construction.
        _ = Utf8Formatter.TryFormat(size, span, out var length, new StandardFormat('x'));
        Append(span, ref length, "\r\n"u8);
        destination.Advance(length);
    }

    /// <summary>The last chunk and the trailer section, RFC 9112 §7.1.2.</summary>
    internal static void WriteEnd(PooledBuffer destination, ResponseFields? trailers)
    {
        destination.Write("0\r\n"u8);
        if (trailers is not null)
        {
            WriteFields(destination, trailers);
        }

        destination.Write("\r\n"u8);
    }

    private static void WriteFields(PooledBuffer destination, ResponseFields fields)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            var (name, value) = fields.Line(i);
            WriteField(destination, name, value);
        }
    }

    private static void WriteField(PooledBuffer destination, string name, string value) =>
        destination.Advance(ResponseHeadWriter.WriteField(destination.GetSpan((int)Math.Min(ResponseHeadWriter.FieldSize(name, value), int.MaxValue)), name, value));

    private static void Append(Span<byte> destination, ref int length, ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(destination[length..]);
        length += octets.Length;
    }
}
