// Owns: reading a section of field lines up to and with its empty line, RFC 9112 §5: a header section or a trailer section.
// Does not own: what the fields mean, or the octets.

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>
/// The field lines of one section, as offsets, and how far its parse has come. Each octet is examined once however the
/// section is cut into reads: the outcome is decided at the first octet that settles it.
/// </summary>
internal sealed class FieldSection(ArrayPool<byte> pool)
{
    private enum Phase : byte
    {
        LineStart,
        Name,
        Value,
        LineFeed,
        LastLineFeed,
    }

    private const int LeastLines = 16;

    // Room for lines, in octets of the one pool that everything comes from.
    private byte[] _storage = [];
    private Phase _phase;
    private int _start;
    private int _elementStart;
    private Slice _name;

    internal int Count { get; private set; }

    internal ReadOnlySpan<FieldLine> Lines => Slots[..Count];

    private Span<FieldLine> Slots => MemoryMarshal.Cast<byte, FieldLine>(_storage.AsSpan());

    /// <summary>Forgets everything; the section to be parsed next begins at <paramref name="start"/>.</summary>
    internal void Begin(int start)
    {
        _phase = Phase.LineStart;
        _start = start;
        Count = 0;
    }

    /// <summary>Forgets everything and holds nothing until the next line.</summary>
    internal void Release()
    {
        Begin(0);
        ReleaseStorage();
    }

    /// <summary>
    /// Goes on at <paramref name="examined"/>. The size limit counts every line end, the empty line's too. On
    /// <see cref="ParseStatus.Complete"/> the section ends before <paramref name="end"/>.
    /// </summary>
    internal ParseStatus Parse(
        ReadOnlySpan<byte> octets, int examined, int maxSize, int maxLines, out int end, out RejectReason reason)
    {
        end = 0;
        var window = octets[..(int)Math.Min(octets.Length, (long)_start + maxSize)];
        var position = examined;
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

                    // RFC 9112 §5.2: a line that begins with white space continues the one above; §2.2: there is none above the first.
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
                        return Reject(window[position], RejectReason.InvalidFieldName, out reason);
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
                        return Reject(window[position], RejectReason.InvalidFieldValue, out reason);
                    }

                    Add(new FieldLine(_name, Octets.Trim(window, _elementStart, position)));
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

        var full = window.Length == (long)_start + maxSize;
        reason = full ? RejectReason.HeaderSectionTooLarge : RejectReason.None;
        return full ? ParseStatus.Rejected : ParseStatus.Incomplete;
    }

    /// <summary>Leaves out the lines a predicate picks.</summary>
    internal void Remove(ReadOnlySpan<byte> octets, Func<ReadOnlySpan<byte>, bool> isUnwantedName)
    {
        var kept = 0;
        foreach (var line in Lines)
        {
            if (!isUnwantedName(line.Name.Of(octets)))
            {
                Slots[kept++] = line;
            }
        }

        Count = kept;
    }

    private void Add(FieldLine line)
    {
        if (Count == Slots.Length)
        {
            Grow();
        }

        Slots[Count++] = line;
    }

    private void Grow()
    {
        var larger = pool.Rent((int)Math.Min(Math.Max(Count * 2L, LeastLines) * Unsafe.SizeOf<FieldLine>(), Array.MaxLength));
        MemoryMarshal.AsBytes(Lines).CopyTo(larger);
        ReleaseStorage();
        _storage = larger;
    }

    private void ReleaseStorage()
    {
        if (_storage.Length > 0)
        {
            pool.Return(_storage);
            _storage = [];
        }
    }

    private static ParseStatus Reject(byte octet, RejectReason otherwise, out RejectReason reason)
    {
        reason = octet == Octets.LineFeed ? RejectReason.InvalidLineEnd : otherwise;
        return ParseStatus.Rejected;
    }
}
