// Owns: decoding the chunked transfer coding, RFC 9112 §7.1: chunk lines, chunk ends, and the trailer section, which it stores.
// Chunk extensions are ignored, as §7.1.1 requires. The content stays in the caller's buffer.

using System.Buffers;

namespace TinyHost;

internal enum ChunkStep : byte
{
    /// <summary>More octets are needed.</summary>
    NeedMore,

    /// <summary>Content follows: take up to <see cref="ChunkedDecoder.Remaining"/> octets and report them (Took).</summary>
    Content,

    /// <summary>The last chunk and the trailer section have been read.</summary>
    End,

    /// <summary>Malformed, for the reason given. Only <see cref="ChunkedDecoder.Clear"/> may follow.</summary>
    Rejected,
}

/// <summary>A resumable decoder, reused across messages by <see cref="Clear"/>.</summary>
internal sealed class ChunkedDecoder(ArrayPool<byte> pool)
{
    // RFC 9112 §7.1.1 asks for a limit on all of a message's extensions: tiny chunks with long extensions are work without content.
    private const int MaxExtensionOctets = 16_384;
    private const int MaxSizeDigits = 16;

    private readonly FieldSection _trailers = new(pool);
    private readonly PooledBuffer _trailerOctets = new(pool, initialSize: 64);
    private Phase _phase;
    private ChunkLine _line;
    private long _total;
    private int _extensionOctets;

    private enum Phase : byte
    {
        Line,
        ContentCarriageReturn,
        ContentLineFeed,
        Trailers,
        End,
    }

    /// <summary>Content octets of the current chunk that have not been taken yet.</summary>
    internal long Remaining { get; private set; }

    /// <summary>The permitted trailer fields, after <see cref="ChunkStep.End"/>, as offsets into <see cref="TrailerOctets"/>.</summary>
    internal ReadOnlySpan<FieldLine> Trailers => _trailers.Lines;

    /// <summary>The trailer section, valid until <see cref="Clear"/>.</summary>
    internal ReadOnlySpan<byte> TrailerOctets => _trailerOctets.Written;

    /// <summary>
    /// Reads framing from the start of <paramref name="received"/>. The first <paramref name="consumed"/> octets, all of them on
    /// <see cref="ChunkStep.NeedMore"/>, must not be passed again.
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

    /// <summary>Reports that content octets, at most <see cref="Remaining"/>, have been taken.</summary>
    internal void Took(long count) => Remaining -= count;

    /// <summary>Prepares for the next message.</summary>
    internal void Clear()
    {
        _trailers.Begin(0);
        _trailerOctets.Clear();
        _phase = Phase.Line;
        _line = default;
        _total = 0;
        _extensionOctets = 0;
        Remaining = 0;
    }

    /// <summary>Prepares for the next message and returns the pooled memory.</summary>
    internal void Release()
    {
        Clear();
        _trailers.Release();
        _trailerOctets.Release();
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

    /// <summary>Copies the section line by line, so that nothing after it is consumed, and parses it as a header section.</summary>
    private ChunkStep ReadTrailers(ReadOnlySpan<byte> received, ServerLimits limits, ref int consumed, out RejectReason reason)
    {
        reason = RejectReason.None;
        while (consumed < received.Length)
        {
            var rest = received[consumed..];
            var lineLength = rest.IndexOf(Octets.LineFeed) + 1;
            var count = Math.Min(lineLength > 0 ? lineLength : rest.Length, limits.MaxTrailerSectionSize - _trailerOctets.Count);
            _trailerOctets.Write(rest[..count]);
            consumed += count;

            var status = _trailers.Parse(TrailerOctets, limits.MaxTrailerSectionSize, limits.MaxFieldLines, out _, out reason);
            if (status == ParseStatus.Complete)
            {
                _trailers.Truncate(TrailerFields.MovePermitted(_trailers.Lines, TrailerOctets));
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
}
