// Owns: protobuf's wire format: tags, varints, doubles, and octets behind their length, written from the last field to the first.
// Does not own: which fields a message has (ProtobufFormat).
// Source: Protocol Buffers, "Encoding".

using System.Buffers.Binary;
using System.Numerics;

namespace TinyHost.Metrics;

/// <summary>
/// Fills a span from its end. A message's length stands before its fields, and is known once they are written: so the last field comes first, and
/// nothing is measured beforehand or moved afterwards.
/// </summary>
internal ref struct BackwardWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;
    private int _at = room.Length;

    /// <summary>No varint is longer, in octets.</summary>
    internal const int MaxVarint = 10;

    /// <summary>How much is written.</summary>
    internal readonly int Length => _room.Length - _at;

    /// <summary>What is written: the end of the room.</summary>
    internal readonly ReadOnlySpan<byte> Written => _room[_at..];

    /// <summary>Octets without a tag, such as fields encoded before.</summary>
    internal void Raw(scoped ReadOnlySpan<byte> octets)
    {
        _at -= octets.Length;
        octets.CopyTo(_room[_at..]);
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

    internal void Field(int number, scoped ReadOnlySpan<byte> octets)
    {
        Raw(octets);
        EndField(number, Length - octets.Length);
    }

    /// <summary>Makes all that was written since <see cref="Length"/> was <paramref name="length"/> the content of a field.</summary>
    internal void EndField(int number, int length)
    {
        Varint((ulong)(Length - length));
        Varint(((ulong)number << 3) | 2);
    }
}
