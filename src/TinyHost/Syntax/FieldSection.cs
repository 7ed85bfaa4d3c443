// Owns: reading a section of field lines and the empty line that ends it, RFC 9112 §5: a header section or a trailer section.

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>One field line: a name as received, and a value without the white space around it.</summary>
internal readonly record struct FieldLine(Slice Name, Slice Value);

/// <summary>
/// The field lines of one section, as offsets, and how far its parse has come. Each octet is examined once, however the section is cut into
/// reads, and the section is rejected at the first octet that makes it invalid.
/// </summary>
internal sealed class FieldSection(ArrayPool<byte> pool)
{
    // Lines are stored as bytes, since every buffer comes from one pool of byte arrays.
    private readonly PooledBuffer _lines = new(pool, initialSize: 16 * Unsafe.SizeOf<FieldLine>());
    private Phase _phase;
    private int _start;
    private int _position;
    private int _elementStart;
    private Slice _name;

    /// <summary>What the next octet belongs to.</summary>
    private enum Phase : byte
    {
        LineStart,
        Name,
        Value,
        LineFeed,
        LastLineFeed,
    }

    internal int Count => _lines.Count / Unsafe.SizeOf<FieldLine>();

    internal Span<FieldLine> Lines => MemoryMarshal.Cast<byte, FieldLine>(_lines.Written);

    /// <summary>Prepares for a section that begins at <paramref name="start"/>.</summary>
    internal void Begin(int start)
    {
        _phase = Phase.LineStart;
        _start = _position = start;
        _lines.Clear();
    }

    /// <summary>Drops the lines and returns the pooled memory, which the next line rents again.</summary>
    internal void Release() => _lines.Release();

    /// <summary>
    /// Parses on from where the last call stopped. <paramref name="maxSize"/> counts all line ends, that of the empty line included. On
    /// <see cref="ParseStatus.Complete"/>, <paramref name="end"/> is the offset after the section.
    /// </summary>
    internal ParseStatus Parse(ReadOnlySpan<byte> octets, int maxSize, int maxLines, out int end, out RejectReason reason)
    {
        end = 0;
        var window = octets[..(int)Math.Min(octets.Length, (long)_start + maxSize)];
        var position = _position;
        while (position < window.Length)
        {
            int run;
            switch (_phase)
            {
                case Phase.LineStart:
                    var first = window[position];
                    if (first == Octets.CarriageReturn)
                    {
                        _phase = Phase.LastLineFeed;
                        position++;
                        break;
                    }

                    // RFC 9112 §5.2: leading white space folds a line into the previous one; §2.2: the first line has no previous one.
                    reason = Octets.IsWhiteSpace(first) ? Count == 0 ? RejectReason.InvalidFieldName : RejectReason.FoldedFieldLine
                        : Count == maxLines ? RejectReason.TooManyFieldLines
                        : RejectReason.None;
                    if (reason != RejectReason.None)
                    {
                        return ParseStatus.Rejected;
                    }

                    _elementStart = position;
                    _phase = Phase.Name;
                    goto case Phase.Name;

                case Phase.Name:
                    run = Octets.Token.IndexOfAnyExcept(window[position..]);
                    if (run < 0)
                    {
                        position = window.Length;
                        break;
                    }

                    position += run;
                    if (window[position] != (byte)':' || position == _elementStart)
                    {
                        reason = window[position] == Octets.LineFeed ? RejectReason.InvalidLineEnd : RejectReason.InvalidFieldName;
                        return ParseStatus.Rejected;
                    }

                    _name = new Slice(_elementStart, position - _elementStart);
                    _elementStart = ++position;
                    _phase = Phase.Value;
                    break;

                case Phase.Value:
                    run = Octets.FieldValue.IndexOfAnyExcept(window[position..]);
                    if (run < 0)
                    {
                        position = window.Length;
                        break;
                    }

                    position += run;
                    if (window[position] != Octets.CarriageReturn)
                    {
                        reason = window[position] == Octets.LineFeed ? RejectReason.InvalidLineEnd : RejectReason.InvalidFieldValue;
                        return ParseStatus.Rejected;
                    }

                    var line = new FieldLine(_name, Octets.Trim(window, _elementStart, position));
                    _lines.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<FieldLine>(in line)));
                    _phase = Phase.LineFeed;
                    position++;
                    break;

                default:
                    if (window[position] != Octets.LineFeed)
                    {
                        reason = RejectReason.InvalidLineEnd;
                        return ParseStatus.Rejected;
                    }

                    position++;
                    if (_phase == Phase.LastLineFeed)
                    {
                        end = position;
                        reason = RejectReason.None;
                        return ParseStatus.Complete;
                    }

                    _phase = Phase.LineStart;
                    break;
            }
        }

        _position = position;
        var isFull = window.Length == (long)_start + maxSize;
        reason = isFull ? RejectReason.HeaderSectionTooLarge : RejectReason.None;
        return isFull ? ParseStatus.Rejected : ParseStatus.Incomplete;
    }

    /// <summary>Keeps the first <paramref name="count"/> lines.</summary>
    internal void Truncate(int count) => _lines.Truncate(count * Unsafe.SizeOf<FieldLine>());
}
