// Owns: writing records.

using System.Buffers.Binary;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>Records in a growing array.</summary>
internal sealed class RecordWriter
{
    private byte[] _bytes = new byte[1_024];
    private int _start;

    internal int Count { get; private set; }

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Count);

    internal ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Count);

    internal void Clear() => Count = 0;

    /// <summary>Begins a record, which <see cref="End"/> ends.</summary>
    internal void Begin(RecordKind kind, int detail, int first, int second)
    {
        _start = Count;
        var header = Take(SharedFormat.RecordHeader);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)kind);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)detail);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], first);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], second);
    }

    internal void Add(long word) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), word);

    internal void Add(double word) => Add(BitConverter.DoubleToInt64Bits(word));

    internal void Add(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), length);
        Encoding.UTF8.GetBytes(text, Take(length));
    }

    /// <summary>Adds tags, after their number.</summary>
    internal void Add(ReadOnlySpan<KeyValuePair<string, string>> tags)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), tags.Length);
        foreach (var (name, value) in tags)
        {
            Add(name);
            Add(value);
        }
    }

    /// <summary>Adds so many words, which are zero.</summary>
    internal void AddZeros(int words) => Take(words * sizeof(long));

    internal void End()
    {
        Take(-Count & (sizeof(long) - 1));
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_start), Count - _start);
    }

    /// <summary>Writes the whole record of a family.</summary>
    internal void WriteFamily(SharedFamily family)
    {
        Begin(RecordKind.Family, (int)family.Kind, family.Boundaries.Length, family.NativeBuckets);
        foreach (var bound in family.Boundaries)
        {
            Add(bound);
        }

        Add(family.Name);
        Add(family.UnescapedName);
        Add(family.Unit);
        Add(family.Help);
        End();
    }

    /// <summary>Begins the record of a series; its words and its tags follow.</summary>
    internal void BeginSeries(int family, int words, double created)
    {
        Begin(RecordKind.Series, 0, family, words);
        Add(created);
        Add(0L);
    }

    private Span<byte> Take(int length)
    {
        if (_bytes.Length - Count < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Count + length));
        }

        var taken = _bytes.AsSpan(Count, length);
        taken.Clear();
        Count += length;
        return taken;
    }
}
