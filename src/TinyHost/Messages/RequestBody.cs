// Owns: a handler's way to read the content, with back-pressure: nothing is read from the peer before it is asked for.
// Does not own: framing decisions (MessageFraming) or chunk syntax (ChunkedDecoder). RFC 9112 §6, RFC 9110 §10.1.1.

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// The content of a request (RFC 9110 §6.4). Reading throws <see cref="RequestRejectedException"/> for content that is malformed,
/// too large or too slow, and <see cref="IOException"/> when the peer is gone.
/// </summary>
public sealed class RequestBody : IFieldSection
{
    // Below this it is cheaper to fill the receive buffer than to receive straight into the handler's memory.
    private const int DirectReceive = 4_096;

    private readonly Transport _transport;
    private readonly ReceiveBuffer _received;
    private readonly SendBuffer _send;
    private readonly Deadline _deadline;
    private readonly ServerLimits _limits;
    private readonly ChunkedDecoder _chunks = new();
    private readonly PooledBuffer _gathered;
    private BodyStream? _stream;
    private MessageFraming _framing;
    private long _remaining;
    private bool _continueDue;
    private bool _ended;

    internal RequestBody(
        Transport transport, ReceiveBuffer received, SendBuffer send, Deadline deadline, ServerLimits limits, StringCache strings, ArrayPool<byte> pool)
    {
        _transport = transport;
        _received = received;
        _send = send;
        _deadline = deadline;
        _limits = limits;
        _gathered = new PooledBuffer(pool, initialSize: 4_096);
        Trailers = new FieldLines(this, strings);
    }

    /// <summary>The content's length where the head declares it: 0 when there is no content, null when it is chunked.</summary>
    public long? Length => _framing.Body switch
    {
        BodyKind.Chunked => null,
        BodyKind.ContentLength => _framing.ContentLength,
        _ => 0,
    };

    /// <summary>The trailer fields (RFC 9110 §6.5) that may be merged; filled once the content was read to its end.</summary>
    public FieldLines Trailers { get; }

    ReadOnlySpan<FieldLine> IFieldSection.Lines =>
        _ended && _framing.Body == BodyKind.Chunked && Rejection == RejectReason.None ? _chunks.Trailers : [];

    ReadOnlySpan<byte> IFieldSection.Octets => _chunks.TrailerOctets;

    /// <summary>Why reading ended early, when it did; the connection cannot go on then.</summary>
    internal RejectReason Rejection { get; private set; }

    /// <summary>
    /// Whether another message can follow this one: its content is read, or little enough to be read and dropped, and the peer is not
    /// left to choose whether it sends it (RFC 9110 §10.1.1).
    /// </summary>
    internal bool CanBeDrained =>
        _ended
            ? Rejection == RejectReason.None
            : (!_continueDue || _received.UnreadCount > 0) && (_framing.Body == BodyKind.Chunked || _remaining <= _limits.MaxDrainSize);

    internal bool IsRead => _ended;

    /// <summary>Set once a final response has begun: a 100 (Continue) has no place any more.</summary>
    internal bool ResponseHasStarted { get; set; }

    /// <summary>Reads some content: at least one octet unless the destination is empty; 0 at the end.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        ThrowIfRejected();
        var count = 0;
        return destination.IsEmpty || TryTake(destination.Span, out count) ? new ValueTask<int>(count) : ReceiveAsync(destination);
    }

    /// <summary>
    /// Reads all the content that is left and returns it in memory that is the request's, valid until its handler ends.
    /// Throws <see cref="RequestRejectedException"/> (413) when it is longer than <paramref name="maxLength"/> octets, default 1 MiB.
    /// </summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(int maxLength = 1_048_576, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadOnlyMemory<byte>>(cancellationToken);
        }

        ThrowIfRejected();
        if (_ended)
        {
            return new ValueTask<ReadOnlyMemory<byte>>(ReadOnlyMemory<byte>.Empty);
        }

        // Small content mostly arrives with its head: it is used where it lies.
        if (_framing.Body == BodyKind.ContentLength && _remaining <= _received.UnreadCount && _remaining <= maxLength)
        {
            var content = _received.UnreadMemory[..(int)_remaining];
            Consumed((int)_remaining);
            return new ValueTask<ReadOnlyMemory<byte>>(content);
        }

        return GatherAsync(maxLength, cancellationToken);
    }

    /// <summary>The content as a stream to read once. Closing the stream leaves the request as it is.</summary>
    public Stream AsStream() => _stream ??= new BodyStream(this);

    internal void Begin(in MessageFraming framing)
    {
        _framing = framing;
        _remaining = framing.ContentLength;
        _continueDue = framing.ExpectContinue;
        _ended = framing.Body == BodyKind.None || (framing.Body == BodyKind.ContentLength && framing.ContentLength == 0);
        Rejection = RejectReason.None;
        ResponseHasStarted = false;
        if (!_ended)
        {
            _deadline.ResetContent();
        }
    }

    /// <summary>Ends the request's use of the content, and forgets what it held.</summary>
    internal void Clear()
    {
        _gathered.Clear();
        if (_framing.Body == BodyKind.Chunked)
        {
            _chunks.Clear();
        }
    }

    internal void ReleaseBuffer() => _gathered.Release();

    /// <summary>
    /// Reads and drops what a handler left, up to the limit. True when the message is then at its end, so that another may follow.
    /// </summary>
    internal async ValueTask<bool> DrainAsync()
    {
        if (_ended || !CanBeDrained)
        {
            return _ended && CanBeDrained;
        }

        _continueDue = false;
        var scratch = _gathered.GetMemory(DirectReceive);
        for (long dropped = 0; dropped <= _limits.MaxDrainSize;)
        {
            var count = await ReadAsync(scratch).ConfigureAwait(false);
            if (count == 0)
            {
                return true;
            }

            dropped += count;
        }

        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        if (_continueDue)
        {
            await SendContinueAsync().ConfigureAwait(false);
        }

        for (; ; )
        {
            // Content that needs no decoding goes straight to where the handler wants it.
            var direct = destination.Length >= DirectReceive && _received.UnreadCount == 0 && _remaining > 0;
            var room = direct ? destination[..(int)Math.Min(destination.Length, _remaining)] : _received.Room();
            _deadline.BeginContent();
            var received = await _transport.ReceiveAsync(room).ConfigureAwait(false);
            _deadline.EndContent(received);
            if (received == 0)
            {
                throw Reject(_deadline.Expired == Waiting.Content ? RejectReason.BodyTooSlow : RejectReason.UnexpectedEnd);
            }

            if (direct)
            {
                TookFromChunk(received);
                return received;
            }

            _received.Received(received);
            if (TryTake(destination.Span, out var count))
            {
                return count;
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> GatherAsync(int maxLength, CancellationToken cancellationToken)
    {
        if (_framing.Body == BodyKind.ContentLength && _remaining > maxLength)
        {
            throw Reject(RejectReason.BodyTooLarge);
        }

        for (; ; )
        {
            var count = await ReadAsync(_gathered.GetMemory(DirectReceive), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return _gathered.WrittenMemory;
            }

            _gathered.Advance(count);
            if (_gathered.Count > maxLength)
            {
                throw Reject(RejectReason.BodyTooLarge);
            }
        }
    }

    /// <summary>Takes content that has been received; false when more must be received first.</summary>
    private bool TryTake(Span<byte> destination, out int count)
    {
        count = 0;
        while (!_ended)
        {
            if (_remaining > 0)
            {
                if (_received.UnreadCount == 0)
                {
                    return false;
                }

                count = (int)Math.Min(Math.Min(destination.Length, _remaining), _received.UnreadCount);
                _received.Unread[..count].CopyTo(destination);
                Consumed(count);
                return true;
            }

            // Chunked, between chunks.
            var step = _chunks.Advance(_received.Unread, _limits, out var consumed, out var reason);
            _received.Consume(consumed);
            switch (step)
            {
                case ChunkStep.NeedMore:
                    return false;
                case ChunkStep.Content:
                    _remaining = _chunks.Remaining;
                    break;
                case ChunkStep.End:
                    _ended = true;
                    break;
                default:
                    throw Reject(reason);
            }
        }

        return true;
    }

    private void Consumed(int count)
    {
        _received.Consume(count);
        TookFromChunk(count);
    }

    private void TookFromChunk(int count)
    {
        _remaining -= count;
        if (_framing.Body == BodyKind.Chunked)
        {
            _chunks.Took(count);
        }
        else
        {
            _ended = _remaining == 0;
        }
    }

    // RFC 9110 §10.1.1: only now that content is wanted, and not when some of it is here already.
    private async ValueTask SendContinueAsync()
    {
        _continueDue = false;
        if (_received.UnreadCount == 0 && !ResponseHasStarted)
        {
            await _send.TakeAsync().ConfigureAwait(false);
            _send.Octets.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
            await _send.FlushAsync().ConfigureAwait(false);
        }
    }

    private void ThrowIfRejected()
    {
        if (Rejection != RejectReason.None)
        {
            throw Reject(Rejection);
        }
    }

    private RequestRejectedException Reject(RejectReason reason)
    {
        Rejection = reason;
        _ended = true;
        _remaining = 0;
        return new RequestRejectedException(reason, $"The request's content was refused: {reason.Name()}.");
    }
}
