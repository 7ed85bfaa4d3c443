// Owns: where a part of a message is in its buffer.

namespace TinyHost;

/// <summary>A stretch of a buffer, so that parsing copies nothing.</summary>
internal readonly record struct Slice(int Offset, int Length)
{
    internal ReadOnlySpan<byte> Of(ReadOnlySpan<byte> buffer) => buffer.Slice(Offset, Length);
}
