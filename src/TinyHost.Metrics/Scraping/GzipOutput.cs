// Owns: compressing an exposition on its way to the response, a piece at a time.
// Does not own: whether to (CodingNegotiation), nor sending. RFC 1952.

using System.Buffers;
using System.IO.Compression;

namespace TinyHost.Metrics;

/// <summary>
/// Collects a piece in a pooled buffer and compresses it at the fastest level into the response, which holds it back until it is flushed. One
/// response after the other; the compressor of .NET is made anew for each, for it cannot be begun again.
/// </summary>
internal sealed class GzipOutput : IBufferWriter<byte>, IDisposable
{
    private GZipStream? _gzip;
    private byte[] _buffer = [];
    private int _used;

    internal void Begin(Stream response)
    {
        _gzip = new GZipStream(response, CompressionLevel.Fastest, leaveOpen: true);
        _buffer = ArrayPool<byte>.Shared.Rent(InitialLength);
        _used = 0;
    }

    public void Advance(int count) => _used += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Compresses what was written.</summary>
    internal void Drain()
    {
        _gzip!.Write(_buffer, 0, _used);
        _used = 0;
    }

    /// <summary>Writes what ends the compressed content, behind what was drained, and lets go of the response.</summary>
    public void Dispose()
    {
        _gzip?.Dispose();
        _gzip = null;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void MakeRoom(int length)
    {
        if (_buffer.Length - _used >= length)
        {
            return;
        }

        Drain();
        if (_buffer.Length < length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(length);
        }
    }

    private const int InitialLength = 65_536;
}
