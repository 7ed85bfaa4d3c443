// Owns: appending many short pieces to an IBufferWriter through one span.

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>Appends to a span of the output, and gives it back when it is full or <see cref="Finish"/> is called.</summary>
internal ref struct ChunkWriter(IBufferWriter<byte> output)
{
    private const int MinSpan = 4096;

    private Span<byte> _span;
    private int _used;
    private long _finished;

    /// <summary>The number of bytes written.</summary>
    internal readonly long Written => _finished + _used;

    /// <summary>Room for at least this many bytes. <see cref="Advance"/> tells how many were written to it.</summary>
    internal Span<byte> Reserve(int length)
    {
        if (_span.Length - _used < length)
        {
            Finish();
            _span = output.GetSpan(Math.Max(length, MinSpan));
        }

        return _span[_used..];
    }

    internal void Advance(int length) => _used += length;

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _used += bytes.Length;
    }

    /// <summary>Gives what was written to the output.</summary>
    internal void Finish()
    {
        output.Advance(_used);
        _finished += _used;
        _used = 0;
        _span = default;
    }
}
