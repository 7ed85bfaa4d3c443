// Owns: a handler's ways to read a request's content: in pieces, all at once, or as a stream; and its trailers.

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// The content of a request (RFC 9110 §6.4). Nothing is received before it is asked for, which slows down a peer that sends too fast.
/// Reading throws <see cref="RequestRejectedException"/> for content that is malformed, too large or too slow, <see cref="IOException"/> if
/// the peer is gone, and <see cref="InvalidOperationException"/> while another read is pending and once the handler has ended.
/// </summary>
public sealed class RequestBody
{
    private readonly Request _request;
    private readonly Http1Connection _http1;
    private readonly ConnectionState _state;
    private readonly int _generation;
    private RequestFields? _trailers;
    private ContentStream? _stream;

    internal RequestBody(Request request, Http1Connection http1, int generation)
    {
        _request = request;
        _http1 = http1;
        _state = http1.State;
        _generation = generation;
    }

    /// <summary>The content's length in bytes as the head declares it: 0 if there is no content, null if the content is chunked.</summary>
    public long? Length
    {
        get
        {
            _state.ThrowIfRenewed(_generation);
            return _http1.Framing.Body == BodyKind.Chunked ? null : _http1.Framing.ContentLength;
        }
    }

    /// <summary>
    /// The largest content of this request, in bytes; null for no limit. By default the server's
    /// <see cref="ServerLimits.MaxRequestBodySize"/>, which a stage (<see cref="RequestLimits"/>) or handler may raise or lower before the
    /// first read. Larger content is refused with 413 (RFC 9110 §15.5.14): by the first read if its length is declared, and after a
    /// handler that succeeded without reading it. Setting it throws <see cref="ArgumentOutOfRangeException"/> for a negative value and
    /// <see cref="InvalidOperationException"/> once content has been read.
    /// </summary>
    public long? MaxSize
    {
        get => Limits.MaxRequestBodySize;
        set => Limit(limits => limits.MaxRequestBodySize = value);
    }

    /// <summary>
    /// The slowest rate of this request's content, in bytes per second; 0 for no limit. By default the server's
    /// <see cref="ServerLimits.MinDataRate"/>. Slower content is refused with 408. Setting it throws as for <see cref="MaxSize"/>.
    /// </summary>
    public int MinDataRate
    {
        get => Limits.MinDataRate;
        set => Limit(limits => limits.MinDataRate = value);
    }

    /// <summary>
    /// How long reads may wait before <see cref="MinDataRate"/> applies. By default the server's
    /// <see cref="ServerLimits.MinDataRateGrace"/>. Setting it throws as for <see cref="MaxSize"/>, and for zero.
    /// </summary>
    public TimeSpan MinDataRateGrace
    {
        get => Limits.MinDataRateGrace;
        set => Limit(limits => limits.MinDataRateGrace = value);
    }

    /// <summary>
    /// The trailer fields (RFC 9110 §6.5) that may be merged into the header. Empty until the content has been read to its end.
    /// </summary>
    public RequestFields Trailers => _trailers ??=
        _http1.Allocations.Make(_request, static request => new RequestFields(request, isTrailer: true));

    private ServerLimits Limits
    {
        get
        {
            _state.ThrowIfRenewed(_generation);
            return _http1.ContentReader.Limits.Current;
        }
    }

    /// <summary>True once nothing is left to read.</summary>
    internal bool IsAtEnd => _state.Reading != Reading.Content;

    /// <summary>
    /// Reads some content: at least one byte unless the destination is empty; 0 at the end. A cancelled read loses nothing: the next one
    /// continues.
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

        // Before the right is taken: a handler's own kind of memory may throw.
        var span = destination.Span;
        _state.EnterRead(_generation);
        if (!_http1.ContentReader.TryTake(span, out var count))
        {
            return ReceiveAsync(destination, cancellationToken);
        }

        _state.ExitRead();
        ThrowIfRejected();
        return new ValueTask<int>(count);
    }

    /// <summary>
    /// Reads all the content that is left, into memory that belongs to the request: it is valid until the handler ends. Another call
    /// returns the same memory. Throws <see cref="RequestRejectedException"/> (413) if the content is longer than
    /// <paramref name="maxLength"/> bytes, default 1 MiB.
    /// </summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(int maxLength = 1_048_576, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadOnlyMemory<byte>>(cancellationToken);
        }

        _state.EnterRead(_generation);
        if (!_http1.ContentReader.TryTakeAll(maxLength, out var content))
        {
            return ReceiveAllAsync(maxLength, cancellationToken);
        }

        _state.ExitRead();
        ThrowIfRejected();
        return new ValueTask<ReadOnlyMemory<byte>>(content);
    }

    /// <summary>
    /// As <see cref="ReadAllAsync"/>, for a reader that is wrong about a part of the content. Throws
    /// <see cref="InvalidOperationException"/> if other reads have taken one.
    /// </summary>
    internal ValueTask<ReadOnlyMemory<byte>> ReadWholeAsync(int maxLength, CancellationToken cancellationToken)
    {
        _state.ThrowIfEnded(_generation);
        return _http1.ContentReader.IsReadInPieces && _http1.Rejection == RejectReason.None
            ? throw new InvalidOperationException(
                "The content has been read already, in pieces or as a stream: read it with ReadAllAsync, ReadJsonAsync or ReadFormAsync, "
                + "which can be called again.")
            : ReadAllAsync(maxLength, cancellationToken);
    }

    /// <summary>Returns the content as a stream that can be read once. Disposing the stream has no effect.</summary>
    public Stream AsStream() => _stream ??= _http1.Allocations.Make(this, static body => new ContentStream(body));

    /// <summary>Changes the limits on this request's content. Throws as setting <see cref="MaxSize"/> does.</summary>
    internal void Limit(Action<ServerLimits> change)
    {
        _state.EnterRead(_generation);
        try
        {
            _http1.ContentReader.Limits.Change(change);
        }
        finally
        {
            _state.ExitRead();
        }
    }

    internal ReadOnlySpan<FieldLine> TrailerLines(out ReadOnlySpan<byte> octets)
    {
        var isCurrent = _generation == _state.Generation && _http1.Framing.Body == BodyKind.Chunked;
        octets = isCurrent ? _http1.ContentReader.TrailerOctets : [];
        return isCurrent ? _http1.ContentReader.Trailers : [];
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            using var registration = _http1.Transport.WakeOn(cancellationToken);
            var count = await _http1.ContentReader.ReceiveAsync(destination, isHandlers: true, cancellationToken).ConfigureAwait(false);
            ThrowIfRejected();
            return count;
        }
        finally
        {
            _state.ExitRead();
        }
    }

    // Holds the right to read throughout, so that a handler that ends meanwhile leaves a pending read behind.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> ReceiveAllAsync(int maxLength, CancellationToken cancellationToken)
    {
        try
        {
            using var registration = _http1.Transport.WakeOn(cancellationToken);
            var content = await _http1.ContentReader.ReceiveAllAsync(maxLength, cancellationToken).ConfigureAwait(false);
            ThrowIfRejected();
            return content;
        }
        finally
        {
            _state.ExitRead();
        }
    }

    private void ThrowIfRejected()
    {
        if (_http1.Rejection != RejectReason.None)
        {
            throw RequestRejectedException.OfContent(_http1);
        }
    }

    private sealed class ContentStream(RequestBody body) : AsyncStream
    {
        public override bool CanRead => true;

        public override bool CanWrite => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            body.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw Unwritable();

        public override void SetLength(long value) => throw Unwritable();

        protected override NotSupportedException Unseekable() => new("A request's content is read once, from start to end.");

        protected override NotSupportedException Unreadable() =>
            new("Reading a request's content synchronously would block a thread that other requests need: use ReadAsync.");

        protected override NotSupportedException Unwritable() => new("A request's content cannot be changed.");
    }
}
