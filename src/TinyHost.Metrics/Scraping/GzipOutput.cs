// Owns: compressing an exposition on its way to the response. RFC 1952.

using System.Buffers;
using System.IO.Compression;

namespace TinyHost.Metrics;

/// <summary>Collects a piece of an exposition in a pooled buffer, and compresses it at the fastest level into the response.</summary>
internal sealed class GzipOutput(Stream response) : IBufferWriter<byte>, IDisposable
{
    private const int InitialLength = 65_536;

    private readonly GZipStream _gzip = new(response, CompressionLevel.Fastest, leaveOpen: true);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialLength);
    private int _used;

    public void Advance(int count) => _used += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Compresses what has been written.</summary>
    internal void Compress()
    {
        _gzip.Write(_buffer, 0, _used);
        _used = 0;
    }

    /// <summary>Writes the end of the compressed content.</summary>
    public void Dispose()
    {
        _gzip.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void EnsureRoom(int length)
    {
        if (_buffer.Length - _used >= length)
        {
            return;
        }

        Compress();
        if (_buffer.Length < length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(length);
        }
    }
}
