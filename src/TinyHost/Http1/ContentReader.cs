// Owns: taking a request's content off the connection as its framing says, RFC 9112 §6 and §7.1.

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// Receives nothing before content is asked for. The caller has the right to read (<see cref="ConnectionState.EnterRead"/>) or is the
/// connection. Content that must be refused ends there: a read returns as at the end, and <see cref="Http1Connection.Rejection"/> says why.
/// </summary>
internal sealed class ContentReader(Http1Connection http1, ArrayPool<byte> pool)
{
    // Below this it is cheaper to fill the receive buffer than to receive straight into the handler's memory.
    private const int DirectReceive = 4_096;
    private const int Step = 4_096;

    private readonly ConnectionState _state = http1.State;
    private readonly ChunkedDecoder _chunks = new(pool);
    private readonly ContinueExpectation _continue = new(http1);
    private readonly PooledBuffer _gathered = new(pool, Step);
    private ReadOnlyMemory<byte>? _all;
    private bool _isChunked;
    // Octets left of the content, or of the current chunk.
    private long _remaining;

    /// <summary>True if the client sends the content without 100 (Continue), and its declared length is within both limits.</summary>
    internal bool CanDrain =>
        (!_continue.IsDue || Received.UnreadCount > 0) && (_isChunked || _remaining <= http1.Limits.MaxDrainSize) && !IsTooLarge;

    /// <summary>True if the declared length is over the limit: nothing of the content is read.</summary>
    internal bool IsTooLarge => !_isChunked && _remaining > Limits.Current.MaxRequestBodySize;

    internal long LengthLeft => _isChunked ? long.MaxValue : _remaining;

    /// <summary>The limits on the content of this request.</summary>
    internal ContentLimits Limits { get; } = new(http1);

    /// <summary>The number of octets of content taken so far.</summary>
    internal long Taken { get; private set; }

    /// <summary>True if reads have taken content that <see cref="TryTakeAll"/> does not return.</summary>
    internal bool IsReadInPieces => Taken > (_all?.Length ?? _gathered.Count);

    /// <summary>True while a read sends 100 (Continue).</summary>
    internal bool IsContinuing => _continue.IsSending;

    /// <summary>The lines of the trailer section, once chunked content has ended.</summary>
    internal ReadOnlySpan<FieldLine> Trailers => _isChunked && _state.Reading == Reading.Drained ? _chunks.Trailers : [];

    internal ReadOnlySpan<byte> TrailerOctets => _chunks.TrailerOctets;

    private ReceiveBuffer Received => http1.Received;

    /// <summary>A request with content begins.</summary>
    internal void Begin()
    {
        var framing = http1.Framing;
        _isChunked = framing.Body == BodyKind.Chunked;
        _remaining = framing.ContentLength;
        _continue.IsDue = framing.ExpectContinue;
        http1.Deadline.ResetContent();
    }

    /// <summary>The request has ended.</summary>
    internal void Clear()
    {
        if (_isChunked)
        {
            _chunks.Clear();
        }

        _isChunked = false;
        Taken = _remaining = 0;
        _continue.IsDue = false;
        Limits.Clear();
        _all = null;
        _gathered.Clear();
    }

    /// <summary>Returns all buffers.</summary>
    internal void Release()
    {
        _all = null;
        _gathered.Release();
        _chunks.Release();
    }

    /// <summary>Takes content that has been received; false when more must be received first. Returns a count of 0 at the end.</summary>
    internal bool TryTake(Span<byte> destination, out int count)
    {
        count = 0;
        while (_state.Reading == Reading.Content)
        {
            if (_remaining > 0)
            {
                if (IsTooLarge)
                {
                    RefuseTooLarge();
                    break;
                }

                if (Received.UnreadCount == 0)
                {
                    return false;
                }

                count = (int)Math.Min(Math.Min(destination.Length, _remaining), Received.UnreadCount);
                Received.Unread[..count].CopyTo(destination);
                Consume(count);
                return true;
            }

            // Between chunks.
            var step = _chunks.Advance(Received.Unread, Limits.Current, out var consumed, out var reason);
            Received.Consume(consumed);
            switch (step)
            {
                case ChunkStep.NeedMore:
                    return false;
                case ChunkStep.Content:
                    _remaining = _chunks.Remaining;
                    break;
                case ChunkStep.End:
                    _state.EndContent();
                    break;
                default:
                    Reject(reason);
                    break;
            }
        }

        return true;
    }

    /// <summary>
    /// Receives until some content can be taken, into a destination that is not empty; 0 at the end. A handler's read throws when it is
    /// cancelled and when the handler has ended meanwhile; the connection's own read ends at a stop.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<int> ReceiveAsync(Memory<byte> destination, bool isHandlers, CancellationToken cancellationToken)
    {
        if (_continue.IsDue)
        {
            await _continue.SendAsync(isHandlers).ConfigureAwait(false);
        }

        for (; ; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (isHandlers && !_state.IsHandlerActive)
            {
                throw new InvalidOperationException(
                    "The request has ended before a read of its content did: await every read before the handler's task completes.");
            }

            var isDirect = destination.Length >= DirectReceive && Received.UnreadCount == 0 && _remaining > 0;
            var room = isDirect ? destination[..(int)Math.Min(destination.Length, _remaining)] : Received.Room();
            var receive = http1.Deadline.BeginContent()
                ? http1.Transport.ReceiveAsync(room)
                : http1.Transport.ReceiveArrivedAsync(room);
            var count = await receive.ConfigureAwait(false);
            var isOver = http1.Deadline.IsReceiveOver;
            http1.Deadline.EndContent(Math.Max(count, 0));
            if (count == 0)
            {
                return Reject(RejectReason.UnexpectedEnd);
            }

            if (count == Transport.Woken)
            {
                if (isOver)
                {
                    return Reject(RejectReason.BodyTooSlow);
                }

                if (!isHandlers && _state.IsStopping)
                {
                    return 0;
                }
            }
            else if (isDirect)
            {
                CountTaken(count);
                return count;
            }
            else
            {
                Received.Received(count);
                if (TryTake(destination.Span, out var taken))
                {
                    return taken;
                }
            }
        }
    }

    /// <summary>All the content that is left, if it was gathered before or came with the head and fits the limit.</summary>
    internal bool TryTakeAll(int maxLength, out ReadOnlyMemory<byte> content)
    {
        if (_all is null && _gathered.Count == 0)
        {
            if (_state.Reading != Reading.Content)
            {
                _all = ReadOnlyMemory<byte>.Empty;
            }
            else if (!_isChunked && !IsTooLarge && _remaining <= Math.Min(maxLength, Received.UnreadCount))
            {
                _all = Received.UnreadMemory[..(int)_remaining];
                Consume((int)_remaining);
            }
        }

        content = _all.GetValueOrDefault();
        return _all is not null;
    }

    /// <summary>Receives all the content that is left. Refuses content longer than the limit.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<ReadOnlyMemory<byte>> ReceiveAllAsync(int maxLength, CancellationToken cancellationToken)
    {
        // No array is longer.
        maxLength = Math.Min(maxLength, Array.MaxLength - Step);
        var isTooLong = !_isChunked && _remaining > maxLength;
        while (!isTooLong)
        {
            var room = _gathered.GetMemory(Step);
            var count = await ReadAsync(room, isHandlers: true, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                _all = _gathered.WrittenMemory;
                return _gathered.WrittenMemory;
            }

            _gathered.Advance(count);
            isTooLong = _gathered.Count > maxLength;
        }

        Reject(RejectReason.BodyTooLarge, maxLength);
        return default;
    }

    /// <summary>Refuses content of too large a declared length.</summary>
    internal void RefuseTooLarge() => Reject(RejectReason.BodyTooLarge);

    /// <summary>
    /// Reads and drops what a handler left. True when the content has ended, so that another request may follow. Gives up at a stop.
    /// </summary>
    internal async ValueTask<bool> DrainAsync()
    {
        if (!CanDrain)
        {
            return false;
        }

        _continue.IsDue = false;
        var scratch = _gathered.GetMemory(Step);
        long dropped = 0;
        int count;
        do
        {
            count = await ReadAsync(scratch, isHandlers: false, CancellationToken.None).ConfigureAwait(false);
            dropped += count;
        }
        while (count > 0 && dropped <= http1.Limits.MaxDrainSize);

        return count == 0 && _state.Reading == Reading.Drained;
    }

    private ValueTask<int> ReadAsync(Memory<byte> destination, bool isHandlers, CancellationToken cancellationToken) =>
        TryTake(destination.Span, out var count) ? new(count) : ReceiveAsync(destination, isHandlers, cancellationToken);

    private int Reject(RejectReason reason, int? maxLength = null)
    {
        Limits.Refuse(reason, maxLength);
        _remaining = 0;
        _state.EndReading(reason.ToCloseReason());
        return 0;
    }

    private void Consume(int count)
    {
        Received.Consume(count);
        CountTaken(count);
    }

    private void CountTaken(int count)
    {
        _remaining -= count;
        Taken += count;
        if (_isChunked)
        {
            _chunks.Took(count);
        }
        else if (_remaining == 0)
        {
            _state.EndContent();
        }
    }
}
