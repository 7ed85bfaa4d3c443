// Owns: the chunked transfer coding's framing, RFC 9112 §7.1: chunk lines, chunk ends, the trailer section.
// Does not own: the content octets themselves, which the caller takes straight from where they lie.

namespace TinyHost;

internal enum ChunkStep : byte
{
    /// <summary>More octets are needed before anything can be said.</summary>
    NeedMore,

    /// <summary>Content octets follow: take up to <see cref="ChunkedDecoder.Remaining"/> of them and say so with <see cref="ChunkedDecoder.Took"/>.</summary>
    Content,

    /// <summary>The last chunk and the trailer section have been read.</summary>
    End,

    /// <summary>Malformed; the reason says how.</summary>
    Rejected,
}

/// <summary>A resumable decoder: reads framing octets, never content. Reused across messages by <see cref="Clear"/>.</summary>
internal sealed class ChunkedDecoder
{
    /// <summary>Content octets of the current chunk not yet taken.</summary>
    internal long Remaining { get; private set; }

    /// <summary>The trailer fields that may be handed on, after <see cref="ChunkStep.End"/>; offsets into <see cref="TrailerOctets"/>.</summary>
    internal ReadOnlySpan<FieldLine> Trailers => throw new NotImplementedException();

    internal ReadOnlySpan<byte> TrailerOctets => throw new NotImplementedException();

    /// <summary>
    /// Reads framing from the start of <paramref name="received"/>. <paramref name="consumed"/> octets are done with and are not to be
    /// offered again; on <see cref="ChunkStep.NeedMore"/> the rest (at most one unfinished line) is offered again with more behind it.
    /// </summary>
    internal ChunkStep Advance(ReadOnlySpan<byte> received, ServerLimits limits, out int consumed, out RejectReason reason) =>
        throw new NotImplementedException();

    internal void Took(long count) => Remaining -= count;

    internal void Clear() => throw new NotImplementedException();
}
