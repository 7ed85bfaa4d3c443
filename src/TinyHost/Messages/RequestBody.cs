// Owns: a handler's way to read the content: in pieces, at once, as a stream; and its trailers.
// Does not own: taking it off the connection (ContentReader).

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// The content of a request (RFC 9110 §6.4), read with back-pressure: nothing comes from the peer before it is asked for. Reading throws
/// <see cref="RequestRejectedException"/> for content that is malformed, too large or too slow, and <see cref="IOException"/> when the
/// peer is gone.
/// </summary>
public sealed class RequestBody : IFieldSection
{
    private const int GatherStep = 4_096;

    private readonly ContentReader _reader;
    private readonly PooledBuffer _gathered;
    private BodyStream? _stream;

    internal RequestBody(ContentReader reader, StringCache strings, ArrayPool<byte> pool)
    {
        _reader = reader;
        _gathered = new PooledBuffer(pool, GatherStep);
        Trailers = new FieldLines(this, strings);
    }

    /// <summary>The content's length where the head declares it: 0 when there is no content, null when it is chunked.</summary>
    public long? Length => _reader.Framing.Body == BodyKind.Chunked ? null : _reader.Framing.ContentLength;

    /// <summary>The trailer fields (RFC 9110 §6.5) that may be merged; filled once the content was read to its end.</summary>
    public FieldLines Trailers { get; }

    ReadOnlySpan<FieldLine> IFieldSection.Lines =>
        _reader.IsAtEnd && _reader.Framing.Body == BodyKind.Chunked && _reader.Rejection == RejectReason.None ? _reader.Chunks.Trailers : [];

    ReadOnlySpan<byte> IFieldSection.Octets => _reader.Chunks.TrailerOctets;

    /// <summary>
    /// Reads some content: at least one octet unless the destination is empty; 0 at the end. Cancelling a read that waits for the peer gives
    /// the content up: the connection closes after the response.
    /// </summary>
    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        if (destination.IsEmpty)
        {
            return default;
        }

        var read = _reader.ReadAsync(destination);
        return read.IsCompleted || !cancellationToken.CanBeCanceled ? read : AwaitAsync(read, cancellationToken);
    }

    /// <summary>
    /// Reads all the content that is left and returns it in memory that is the request's, valid until its handler ends.
    /// Throws <see cref="RequestRejectedException"/> (413) when it is longer than <paramref name="maxLength"/> octets, default 1 MiB.
    /// </summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(int maxLength = 1_048_576, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<ReadOnlyMemory<byte>>(cancellationToken)
            : _reader.TryTakeAll(maxLength, out var content) ? new ValueTask<ReadOnlyMemory<byte>>(content)
            : GatherAsync(maxLength, cancellationToken);
    }

    /// <summary>The content as a stream to read once. Closing the stream leaves the request as it is.</summary>
    public Stream AsStream() => _stream ??= new BodyStream(this);

    internal bool IsAtEnd => _reader.IsAtEnd;

    /// <summary>Ends the request's use of the content.</summary>
    internal void Clear() => _gathered.Clear();

    internal void ReleaseBuffers()
    {
        _gathered.Release();
        _reader.ReleaseBuffers();
    }

    /// <summary>Reads and drops what a handler left; see <see cref="ContentReader.DrainAsync"/>.</summary>
    internal ValueTask<bool> DrainAsync() => _reader.DrainAsync(_gathered.GetMemory(GatherStep));

    // A receive cannot be taken back, only ended for good: what arrives later is nobody's.
    private async ValueTask<int> AwaitAsync(ValueTask<int> read, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(static state => ((ContentReader)state!).StopReceiving(), _reader);
        try
        {
            return await read.ConfigureAwait(false);
        }
        catch (RequestRejectedException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> GatherAsync(int maxLength, CancellationToken cancellationToken)
    {
        if (_reader.Left > maxLength)
        {
            throw _reader.Reject(RejectReason.BodyTooLarge);
        }

        for (; ; )
        {
            var count = await ReadAsync(_gathered.GetMemory(GatherStep), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return _gathered.WrittenMemory;
            }

            _gathered.Advance(count);
            if (_gathered.Count > maxLength)
            {
                throw _reader.Reject(RejectReason.BodyTooLarge);
            }
        }
    }
}
