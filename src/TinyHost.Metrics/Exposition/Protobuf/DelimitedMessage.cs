// Owns: holding a message until its length is known, which goes before it.
// Does not own: what the message says (ProtobufFormat), nor when it is full (Exposition).

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>
/// A message in a pooled buffer, which it has while it has content. Once it has ended it leaves piece by piece, so that nobody has to take a large one
/// at once; the next may begin meanwhile.
/// </summary>
internal sealed class DelimitedMessage : IBufferWriter<byte>
{
    private byte[] _buffer = [];
    private byte[] _leaving = [];
    private int _left;
    private int _leavingLength;

    /// <summary>How long it is by now, in octets.</summary>
    internal int Length { get; private set; }

    /// <summary>True while a message that has ended is not out.</summary>
    internal bool IsLeaving => _left < _leavingLength;

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
    /// Ends the message: writes its length, and leaves the rest to <see cref="MoveOn"/>. What is left of the one before goes first. Returns how many
    /// octets the length took.
    /// </summary>
    internal int End(IBufferWriter<byte> output)
    {
        MoveOn(output, int.MaxValue);
        var length = new BackwardWriter(stackalloc byte[BackwardWriter.MaxVarint]);
        length.Varint((ulong)Length);
        output.Write(length.Written);
        (_leaving, _left, _leavingLength) = (_buffer, 0, Length);
        (_buffer, Length) = ([], 0);
        return length.Length;
    }

    /// <summary>Writes so many octets at the most of the message that has ended.</summary>
    internal void MoveOn(IBufferWriter<byte> output, int most)
    {
        var count = Math.Min(most, _leavingLength - _left);
        output.Write(_leaving.AsSpan(_left, count));
        _left += count;
        if (!IsLeaving)
        {
            ReleaseLeaving();
        }
    }

    /// <summary>Drops what was written and is not out.</summary>
    internal void Clear()
    {
        ReleaseLeaving();
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, Length) = ([], 0);
    }

    private void ReleaseLeaving()
    {
        ArrayPool<byte>.Shared.Return(_leaving);
        (_leaving, _left, _leavingLength) = ([], 0, 0);
    }
}
