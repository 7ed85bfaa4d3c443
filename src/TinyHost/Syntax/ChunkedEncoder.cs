// Owns: the chunked transfer coding of content to be sent, RFC 9112 §7.1.

using System.Buffers;
using System.Buffers.Text;

namespace TinyHost;

internal static class ChunkedEncoder
{
    /// <summary>The most octets that <see cref="WriteChunkSize"/> writes.</summary>
    internal const int MaxChunkSizeLine = 18;

    /// <summary>Begins a chunk. Its content and <see cref="EndChunk"/> must follow.</summary>
    internal static void BeginChunk(PooledBuffer output, long size) =>
        output.Advance(WriteChunkSize(output.GetSpan(MaxChunkSizeLine), size));

    internal static void EndChunk(PooledBuffer output) => output.Write("\r\n"u8);

    /// <summary>Writes the last chunk and the trailer section (RFC 9112 §7.1.2).</summary>
    internal static void End(PooledBuffer output, ReadOnlySpan<KeyValuePair<string, string>> trailers)
    {
        output.Write("0\r\n"u8);
        var size = (int)Math.Min(ResponseHead.FieldsSize(trailers), int.MaxValue);
        output.Advance(ResponseHead.WriteFields(output.GetSpan(size), trailers));
        output.Write("\r\n"u8);
    }

    /// <summary>Writes a chunk's size and its line end, and returns their size.</summary>
    internal static int WriteChunkSize(Span<byte> destination, long size)
    {
        Utf8Formatter.TryFormat(size, destination, out var digits, new StandardFormat('x'));
        "\r\n"u8.CopyTo(destination[digits..]);
        return digits + "\r\n"u8.Length;
    }
}
