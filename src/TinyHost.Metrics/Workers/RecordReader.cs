// Owns: reading a record that another process wrote, which may contain anything.

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TinyHost.Metrics;

/// <summary>A record that this process has a copy of. Every method returns false for one that cannot be right.</summary>
internal ref struct RecordReader
{
    private const int MaxBounds = 10_000;
    private const int MaxNativeBuckets = 1 << 20;
    private const int MaxTags = 1_000;

    private ReadOnlySpan<byte> _rest;

    /// <param name="record">The record, at least as long as its header.</param>
    internal RecordReader(ReadOnlySpan<byte> record)
    {
        Kind = (RecordKind)BinaryPrimitives.ReadUInt16LittleEndian(record[4..]);
        Detail = BinaryPrimitives.ReadUInt16LittleEndian(record[6..]);
        First = BinaryPrimitives.ReadInt32LittleEndian(record[8..]);
        Second = BinaryPrimitives.ReadInt32LittleEndian(record[12..]);
        _rest = record[SharedFormat.RecordHeader..];
    }

    internal RecordKind Kind { get; }

    internal int Detail { get; }

    internal int First { get; }

    internal int Second { get; }

    /// <summary>The length of the record at the beginning of <paramref name="bytes"/>; 0 if it is invalid.</summary>
    internal static int LengthOf(ReadOnlySpan<byte> bytes, long available)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length >= SharedFormat.RecordHeader && length % sizeof(long) == 0 && length <= available ? length : 0;
    }

    internal bool TryReadWord(out long word)
    {
        word = 0;
        if (_rest.Length < sizeof(long))
        {
            return false;
        }

        word = BinaryPrimitives.ReadInt64LittleEndian(_rest);
        _rest = _rest[sizeof(long)..];
        return true;
    }

    internal bool TryReadNumber(out double number)
    {
        var isRead = TryReadWord(out var word);
        number = BitConverter.Int64BitsToDouble(word);
        return isRead;
    }

    /// <summary>Reads so many words, as bytes.</summary>
    internal bool TryReadWords(int count, out ReadOnlySpan<byte> words)
    {
        words = default;
        if (count < 0 || count > _rest.Length / sizeof(long))
        {
            return false;
        }

        words = _rest[..(count * sizeof(long))];
        _rest = _rest[words.Length..];
        return true;
    }

    internal bool TryReadText([NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryReadLength(out var length) || length > _rest.Length)
        {
            return false;
        }

        text = Encoding.UTF8.GetString(_rest[..length]);
        _rest = _rest[length..];
        return true;
    }

    internal bool TryReadTags([NotNullWhen(true)] out KeyValuePair<string, string>[]? tags)
    {
        tags = null;
        if (!TryReadLength(out var count) || count > MaxTags)
        {
            return false;
        }

        var read = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < count; i++)
        {
            if (!TryReadText(out var name) || !TryReadText(out var value))
            {
                return false;
            }

            read.Add(new(name, value));
        }

        tags = [.. read];
        return true;
    }

    internal bool TryReadFamily([NotNullWhen(true)] out SharedFamily? family)
    {
        family = null;
        var kind = (InstrumentKind)Detail;
        if (!Enum.IsDefined(kind) || Second is < 0 or > MaxNativeBuckets || First is < 0 or > MaxBounds
            || (kind != InstrumentKind.Histogram && First + Second > 0)
            || !TryReadBounds(out var bounds)
            || !TryReadText(out var name) || !TryReadText(out var unescaped) || !TryReadText(out var unit) || !TryReadText(out var help))
        {
            return false;
        }

        if (!IsName(name) || (unit.Length > 0 && !IsName(unit)) || unescaped.Length == 0
            || (kind == InstrumentKind.Info && MetricName.WithoutSuffix(name, "_info") is null))
        {
            return false;
        }

        family = new SharedFamily(kind, name, unescaped, unit, help, bounds, Second);
        return true;
    }

    private static bool IsName(string text) => text.Length > 0 && PrometheusText.ToValidName(text, allowColon: true) == text;

    private bool TryReadBounds(out double[] bounds)
    {
        bounds = [];
        if (First > _rest.Length / sizeof(long))
        {
            return false;
        }

        bounds = new double[First];
        for (var i = 0; i < bounds.Length; i++)
        {
            if (!TryReadNumber(out bounds[i]) || !double.IsFinite(bounds[i]) || (i > 0 && bounds[i] <= bounds[i - 1]))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryReadLength(out int length)
    {
        length = 0;
        if (_rest.Length < sizeof(int))
        {
            return false;
        }

        length = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        _rest = _rest[sizeof(int)..];
        return length >= 0;
    }
}
