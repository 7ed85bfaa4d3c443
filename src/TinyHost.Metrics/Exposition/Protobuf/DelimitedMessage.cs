// Owns: holding back a message until its length, which precedes it, is known.

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>
/// A message in a buffer. Once it has ended it is written piece by piece, so that no reader has to take a large one at once; the next
/// message may begin meanwhile.
/// </summary>
internal sealed class DelimitedMessage : IBufferWriter<byte>, IDisposable
{
    private const int InitialSize = 16_384;

    private PooledBuffer _current = new(ArrayPool<byte>.Shared, InitialSize);
    private PooledBuffer _pending = new(ArrayPool<byte>.Shared, InitialSize);
    private int _pendingOffset;

    /// <summary>The current length in bytes.</summary>
    internal int Length => _current.Count;

    /// <summary>True while a message that has ended is not completely written.</summary>
    internal bool IsPending => _pendingOffset < _pending.Count;

    public void Advance(int count) => _current.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => _current.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _current.GetSpan(sizeHint);

    /// <summary>
    /// Ends the message: writes its length, and leaves the rest to <see cref="WriteNext"/>. What is left of the message before is written
    /// first. Returns how many bytes the length took.
    /// </summary>
    internal int End(IBufferWriter<byte> output)
    {
        WriteNext(output, int.MaxValue);
        var length = new BackwardWriter(stackalloc byte[BackwardWriter.MaxVarint]);
        length.Varint((ulong)Length);
        output.Write(length.Written);
        (_pending, _current) = (_current, _pending);
        return length.Length;
    }

    /// <summary>Writes up to <paramref name="max"/> bytes of the message that has ended.</summary>
    internal void WriteNext(IBufferWriter<byte> output, int max)
    {
        var count = Math.Min(max, _pending.Count - _pendingOffset);
        output.Write(_pending.Written.Slice(_pendingOffset, count));
        _pendingOffset += count;
        if (!IsPending)
        {
            _pending.Release();
            _pendingOffset = 0;
        }
    }

    public void Dispose()
    {
        _current.Release();
        _pending.Release();
    }
}
