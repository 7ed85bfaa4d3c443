// Owns: appending octets to an IBufferWriter by way of one span, and counting them.
// Does not own: when they are sent.

using System.Buffers;

namespace TinyHost.Metrics;

/// <summary>Appends to the span the output lends, and returns it when it is full or <see cref="Finish"/> is called.</summary>
internal ref struct ChunkWriter(IBufferWriter<byte> output)
{
    private Span<byte> _span;
    private int _used;
    private long _finished;

    /// <summary>How much was written.</summary>
    internal readonly long Written => _finished + _used;

    /// <summary>Room for so many octets, to be filled from its start. <see cref="Advance"/> says how many were.</summary>
    internal Span<byte> Reserve(int length)
    {
        if (_span.Length - _used < length)
        {
            Finish();
            _span = output.GetSpan(Math.Max(length, LeastSpan));
        }

        return _span[_used..];
    }

    internal void Advance(int length) => _used += length;

    internal void Write(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Reserve(octets.Length));
        _used += octets.Length;
    }

    /// <summary>Gives what was written to the output.</summary>
    internal void Finish()
    {
        output.Advance(_used);
        _finished += _used;
        _used = 0;
        _span = default;
    }

    private const int LeastSpan = 4096;
}
