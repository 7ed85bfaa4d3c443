// Owns: holding a message until its length is known, which goes before it.
// Does not own: what the message says (ProtobufFormat), nor when it is full (Exposition).

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>
/// A message in a pooled buffer, which it has while it has content. One that is never moved on, because the scrape ends early, keeps it until it is cleared.
/// </summary>
internal sealed class DelimitedMessage : IBufferWriter<byte>
{
    private byte[] _buffer = [];

    /// <summary>How long it is by now, in octets.</summary>
    internal int Length { get; private set; }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        int length = Length + Math.Max(sizeHint, 1);
        if (length > _buffer.Length)
        {
            byte[] grown = ArrayPool<byte>.Shared.Rent(Math.Max(length, _buffer.Length * 2));
            _buffer.AsSpan(0, Length).CopyTo(grown);
            Release();
            _buffer = grown;
        }

        return _buffer.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Writes the message behind its length, and is empty again. Returns how many octets the length took.</summary>
    internal int MoveTo(IBufferWriter<byte> output)
    {
        var length = new BackwardWriter(stackalloc byte[BackwardWriter.MaxVarint]);
        length.Varint((ulong)Length);
        output.Write(length.Written);
        output.Write(_buffer.AsSpan(0, Length));
        Clear();
        return length.Length;
    }

    /// <summary>Drops what was written.</summary>
    internal void Clear()
    {
        Length = 0;
        Release();
    }

    private void Release()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
