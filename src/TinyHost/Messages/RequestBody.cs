// Owns: a handler's way to read the content, with back-pressure: nothing is read from the peer before it is asked for.
// Does not own: framing decisions (MessageFraming) or chunk syntax (ChunkedDecoder).

namespace TinyHost;

/// <summary>
/// The content of a request (RFC 9110 §6.4). Reading throws <see cref="RequestRejectedException"/> for content that is malformed,
/// too large or too slow, and <see cref="IOException"/> when the peer is gone.
/// </summary>
public sealed class RequestBody
{
    /// <summary>The content's length where the head declares it: 0 when there is no content, null when it is chunked.</summary>
    public long? Length => throw new NotImplementedException();

    /// <summary>The trailer fields (RFC 9110 §6.5) that may be merged; filled once the content was read to its end.</summary>
    public FieldLines Trailers => throw new NotImplementedException();

    /// <summary>Reads some content: at least one octet unless the destination is empty; 0 at the end.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Reads all the content that is left and returns it in memory that is the request's, valid until its handler ends.
    /// Throws <see cref="RequestRejectedException"/> (413) when it is longer than <paramref name="maxLength"/> octets, default 1 MiB.
    /// </summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(int maxLength = 1_048_576, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The content as a stream to read once.</summary>
    public Stream AsStream() => throw new NotImplementedException();
}
