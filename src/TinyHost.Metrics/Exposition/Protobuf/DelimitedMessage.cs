// Owns: holding back a message until its length, which precedes it, is known.

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>
/// A message in a pooled buffer. Once it has ended it is written piece by piece, so that no reader has to take a large one at once; the next message may
/// begin meanwhile.
/// </summary>
internal sealed class DelimitedMessage : IBufferWriter<byte>, IDisposable
{
    private byte[] _buffer = [];
    private byte[] _pending = [];
    private int _pendingOffset;
    private int _pendingLength;

    /// <summary>The current length in bytes.</summary>
    internal int Length { get; private set; }

    /// <summary>True while a message that has ended is not completely written.</summary>
    internal bool IsPending => _pendingOffset < _pendingLength;

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var length = checked(Length + Math.Max(sizeHint, 1));
        if (length > _buffer.Length)
        {
            var grown = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(length, _buffer.Length * 2L), Array.MaxLength));
            _buffer.AsSpan(0, Length).CopyTo(grown);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = grown;
        }

        return _buffer.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>
    /// Ends the message: writes its length, and leaves the rest to <see cref="WriteNext"/>. What is left of the message before is written first.
    /// Returns how many bytes the length took.
    /// </summary>
    internal int End(IBufferWriter<byte> output)
    {
        WriteNext(output, int.MaxValue);
        var length = new BackwardWriter(stackalloc byte[BackwardWriter.MaxVarint]);
        length.Varint((ulong)Length);
        output.Write(length.Written);
        (_pending, _pendingOffset, _pendingLength) = (_buffer, 0, Length);
        (_buffer, Length) = ([], 0);
        return length.Length;
    }

    /// <summary>Writes up to <paramref name="max"/> bytes of the message that has ended.</summary>
    internal void WriteNext(IBufferWriter<byte> output, int max)
    {
        var count = Math.Min(max, _pendingLength - _pendingOffset);
        output.Write(_pending.AsSpan(_pendingOffset, count));
        _pendingOffset += count;
        if (!IsPending)
        {
            ReleasePending();
        }
    }

    public void Dispose()
    {
        ReleasePending();
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, Length) = ([], 0);
    }

    private void ReleasePending()
    {
        ArrayPool<byte>.Shared.Return(_pending);
        (_pending, _pendingOffset, _pendingLength) = ([], 0, 0);
    }
}
