// Owns: a place in a buffer, as offset and length, so that a parse copies nothing.
// Does not own: the buffer.

namespace TinyHost;

internal readonly record struct Slice(int Offset, int Length)
{
    internal ReadOnlySpan<byte> Of(ReadOnlySpan<byte> buffer) => buffer.Slice(Offset, Length);
}
