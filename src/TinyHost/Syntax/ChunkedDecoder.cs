// Owns: the chunked transfer coding's framing, RFC 9112 §7.1: the order of chunk lines, chunk ends and the trailer section,
// the limit on the content as a whole, and the octets of the trailers.
// Does not own: the content octets, which the caller takes straight from where they lie; one chunk line's grammar (ChunkLine).

using System.Buffers;

namespace TinyHost;

internal enum ChunkStep : byte
{
    /// <summary>More octets are needed before anything can be said.</summary>
    NeedMore,

    /// <summary>Content octets follow: take up to <see cref="ChunkedDecoder.Remaining"/> of them and say so with <see cref="ChunkedDecoder.Took"/>.</summary>
    Content,

    /// <summary>The last chunk and the trailer section have been read.</summary>
    End,

    /// <summary>Malformed; the reason says how. Only <see cref="ChunkedDecoder.Clear"/> goes on from here.</summary>
    Rejected,
}

/// <summary>A resumable decoder: reads framing octets, never content. Reused across messages by <see cref="Clear"/>.</summary>
internal sealed class ChunkedDecoder(ArrayPool<byte> pool)
{
    private enum Phase : byte
    {
        Line,
        ContentCarriageReturn,
        ContentLineFeed,
        Trailers,
        End,
    }

    // RFC 9112 §7.1.1 asks for a limit on all of a message's extensions: tiny chunks with long ones are work without content.
    private const int MaxExtensionOctets = 16_384;
    private const int MaxSizeDigits = 16;

    private readonly FieldSection _trailers = new(pool);
    private byte[] _storage = [];
    private int _stored;
    private Phase _phase;
    private ChunkLine _line;
    private long _total;
    private int _extensionOctets;

    /// <summary>Content octets of the current chunk not yet taken.</summary>
    internal long Remaining { get; private set; }

    /// <summary>The trailer fields that may be handed on, after <see cref="ChunkStep.End"/>; offsets into <see cref="TrailerOctets"/>.</summary>
    internal ReadOnlySpan<FieldLine> Trailers => _trailers.Lines;

    /// <summary>The trailer section, in the decoder's own storage until <see cref="Clear"/>.</summary>
    internal ReadOnlySpan<byte> TrailerOctets => _storage.AsSpan(0, _stored);

    /// <summary>
    /// Reads framing from the start of <paramref name="received"/>. <paramref name="consumed"/> octets are done with and are not to be
    /// offered again; on <see cref="ChunkStep.NeedMore"/> that is all of them.
    /// </summary>
    internal ChunkStep Advance(ReadOnlySpan<byte> received, ServerLimits limits, out int consumed, out RejectReason reason)
    {
        consumed = 0;
        reason = RejectReason.None;
        if (Remaining > 0)
        {
            return ChunkStep.Content;
        }

        while (_phase < Phase.Trailers && consumed < received.Length)
        {
            reason = TakeFraming(received[consumed++], limits);
            if (reason != RejectReason.None)
            {
                return ChunkStep.Rejected;
            }

            if (Remaining > 0)
            {
                return ChunkStep.Content;
            }
        }

        return _phase switch
        {
            Phase.End => ChunkStep.End,
            Phase.Trailers => ReadTrailers(received, limits, ref consumed, out reason),
            _ => ChunkStep.NeedMore,
        };
    }

    /// <summary>Says that so many octets of content, no more than <see cref="Remaining"/>, have been taken from behind the framing.</summary>
    internal void Took(long count) => Remaining -= count;

    /// <summary>Makes ready for the next message.</summary>
    internal void Clear()
    {
        _trailers.Begin(0);
        _stored = 0;
        _phase = Phase.Line;
        _line = default;
        _total = 0;
        _extensionOctets = 0;
        Remaining = 0;
    }

    /// <summary>The same, and holds nothing until the next trailer section.</summary>
    internal void Release()
    {
        Clear();
        _trailers.Release();
        ReleaseStorage();
    }

    private RejectReason TakeFraming(byte octet, ServerLimits limits)
    {
        switch (_phase)
        {
            case Phase.ContentCarriageReturn:
                _phase = Phase.ContentLineFeed;
                return octet == Octets.CarriageReturn ? RejectReason.None : RejectReason.InvalidChunk;

            case Phase.ContentLineFeed:
                _phase = Phase.Line;
                return octet == Octets.LineFeed ? RejectReason.None : RejectReason.InvalidChunk;

            default:
                var status = _line.Take(octet, limits.MaxChunkLineSize);
                return status == ParseStatus.Complete ? BeginChunk(limits)
                    : status == ParseStatus.Incomplete ? RejectReason.None
                    : RejectReason.InvalidChunk;
        }
    }

    private RejectReason BeginChunk(ServerLimits limits)
    {
        var size = _line.Size;
        _extensionOctets += Math.Max(0, _line.Length - MaxSizeDigits);
        _line = default;
        if (_extensionOctets > MaxExtensionOctets)
        {
            return RejectReason.InvalidChunk;
        }

        if (size == 0)
        {
            _phase = Phase.Trailers;
            return RejectReason.None;
        }

        if (size > (limits.MaxRequestBodySize ?? long.MaxValue) - _total)
        {
            return RejectReason.BodyTooLarge;
        }

        _total += size;
        Remaining = size;
        _phase = Phase.ContentCarriageReturn;
        return RejectReason.None;
    }

    /// <summary>Copies the section line by line, so that nothing behind it is taken, and reads it with the rules of a header section.</summary>
    private ChunkStep ReadTrailers(ReadOnlySpan<byte> received, ServerLimits limits, ref int consumed, out RejectReason reason)
    {
        reason = RejectReason.None;
        while (consumed < received.Length)
        {
            var rest = received[consumed..];
            var lineLength = rest.IndexOf(Octets.LineFeed) + 1;
            var count = Math.Min(lineLength > 0 ? lineLength : rest.Length, limits.MaxTrailerSectionSize - _stored);
            var examined = _stored;
            Store(rest[..count]);
            consumed += count;

            var status = _trailers.Parse(TrailerOctets, examined, limits.MaxTrailerSectionSize, limits.MaxFieldLines, out _, out reason);
            if (status == ParseStatus.Complete)
            {
                _trailers.Remove(TrailerOctets, TrailerFields.IsForbidden);
                _phase = Phase.End;
                return ChunkStep.End;
            }

            if (status == ParseStatus.Rejected)
            {
                reason = reason is RejectReason.HeaderSectionTooLarge or RejectReason.TooManyFieldLines
                    ? RejectReason.TrailerSectionTooLarge
                    : RejectReason.InvalidTrailer;
                return ChunkStep.Rejected;
            }
        }

        return ChunkStep.NeedMore;
    }

    private void Store(ReadOnlySpan<byte> octets)
    {
        if (_stored + octets.Length > _storage.Length)
        {
            var larger = pool.Rent(Math.Max(_stored + octets.Length, Math.Max(64, _storage.Length * 2)));
            TrailerOctets.CopyTo(larger);
            ReleaseStorage();
            _storage = larger;
        }

        octets.CopyTo(_storage.AsSpan(_stored));
        _stored += octets.Length;
    }

    private void ReleaseStorage()
    {
        if (_storage.Length > 0)
        {
            pool.Return(_storage);
            _storage = [];
        }
    }
}
