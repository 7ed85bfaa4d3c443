// Owns: protobuf's wire format, written backwards.
// Source: Protocol Buffers, "Encoding".

using System.Buffers.Binary;
using System.Numerics;

namespace TinyHost.Metrics;

/// <summary>
/// Fills a span from its end, last field first. A message's length precedes its fields and is known once they are written, so nothing has
/// to be measured beforehand or moved afterwards.
/// </summary>
internal ref struct BackwardWriter(Span<byte> room)
{
    /// <summary>The maximum length of a varint in bytes.</summary>
    internal const int MaxVarint = 10;

    private readonly Span<byte> _room = room;
    private int _at = room.Length;

    /// <summary>The number of bytes written.</summary>
    internal readonly int Length => _room.Length - _at;

    /// <summary>What has been written: the end of the span.</summary>
    internal readonly ReadOnlySpan<byte> Written => _room[_at..];

    /// <summary>Writes bytes without a tag, such as encoded fields.</summary>
    internal void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        _at -= bytes.Length;
        bytes.CopyTo(_room[_at..]);
    }

    internal void Varint(ulong value)
    {
        var at = _at -= ((BitOperations.Log2(value | 1) * 9) + 73) / 64;
        for (; value >= 0x80; value >>= 7)
        {
            _room[at++] = (byte)(value | 0x80);
        }

        _room[at] = (byte)value;
    }

    /// <summary>The varint of a number that may be negative, of type <c>sint32</c> or <c>sint64</c>.</summary>
    internal void ZigZag(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    internal void Field(int number, ulong value)
    {
        Varint(value);
        Varint((ulong)number << 3);
    }

    internal void SignedField(int number, long value)
    {
        ZigZag(value);
        Varint((ulong)number << 3);
    }

    internal void Field(int number, double value)
    {
        _at -= sizeof(double);
        BinaryPrimitives.WriteDoubleLittleEndian(_room[_at..], value);
        Varint(((ulong)number << 3) | 1);
    }

    internal void Field(int number, scoped ReadOnlySpan<byte> bytes)
    {
        Raw(bytes);
        EndField(number, Length - bytes.Length);
    }

    /// <summary>Makes everything written since <see cref="Length"/> was <paramref name="length"/> the content of a field.</summary>
    internal void EndField(int number, int length)
    {
        Varint((ulong)(Length - length));
        Varint(((ulong)number << 3) | 2);
    }
}
