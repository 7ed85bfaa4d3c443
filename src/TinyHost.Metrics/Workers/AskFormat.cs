// Owns: the messages between a parent and its workers, besides their records.

using System.Buffers.Binary;

namespace TinyHost.Metrics;

/// <summary>What a parent asks: for a number that the answer repeats, and the format of the exporters' families.</summary>
internal readonly record struct Question(long Number, ExporterFormat Format)
{
    internal const int Length = 16;

    internal static Question Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]) == 1 ? ExporterFormat.OpenMetrics : ExporterFormat.Text);

    internal byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Format == ExporterFormat.OpenMetrics ? 1 : 0);
        return bytes;
    }
}

/// <summary>
/// What precedes an answer: the number of its question, the length of its records, and that of the exporters' text. Either may be
/// <see cref="Missing"/>.
/// </summary>
internal readonly record struct AnswerHead(long Number, long Records, long Text)
{
    /// <summary>Instead of a length: collecting failed, or no server runs any more.</summary>
    internal const long Missing = -1;

    internal const int Length = 24;

    internal static AnswerHead Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));

    internal byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Records);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), Text);
        return bytes;
    }
}
