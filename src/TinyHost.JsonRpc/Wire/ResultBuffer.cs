// Owns: the bytes of a result until its call has succeeded, and their limit.

using System.Buffers;

namespace TinyHost.JsonRpc;

/// <summary>A growing buffer. Throws <see cref="ResultTooLargeException"/> once more than <see cref="Limit"/> bytes are written.</summary>
internal sealed class ResultBuffer : IBufferWriter<byte>
{
    private readonly ArrayBufferWriter<byte> _bytes = new(256);

    /// <summary>The most bytes to accept.</summary>
    public int Limit { get; set; } = int.MaxValue;

    /// <summary>True if more was written than the limit: a method may have caught the exception.</summary>
    public bool IsOverLimit => _bytes.WrittenCount > Limit;

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public int WrittenCount => _bytes.WrittenCount;

    public int Capacity => _bytes.Capacity;

    public void Clear() => _bytes.ResetWrittenCount();

    public void Advance(int count)
    {
        ThrowIfOverLimit();
        _bytes.Advance(count);
        ThrowIfOverLimit();
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ThrowIfOverLimit();
        return _bytes.GetMemory(sizeHint);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private void ThrowIfOverLimit()
    {
        if (IsOverLimit)
        {
            throw new ResultTooLargeException(Limit);
        }
    }
}
