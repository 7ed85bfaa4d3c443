// Owns: taking a request's content off the connection as its framing says, RFC 9112 §6 and §7.1, RFC 9110 §10.1.1.
// Does not own: framing decisions (MessageFraming), chunk syntax (ChunkedDecoder), who may read and when (RequestBody for a handler, Connection).

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// Reads nothing from the peer before it is asked for. Reused for every request of its connection. The caller has the right to read
/// (<see cref="ConnectionState.EnterRead"/>) or is the connection.
/// </summary>
internal sealed class ContentReader(
    ConnectionState state, Transport transport, ReceiveBuffer received, SendBuffer send, Deadline deadline, ServerLimits limits, ArrayPool<byte> pool)
{
    // Below this it is cheaper to fill the receive buffer than to receive straight into the handler's memory.
    private const int DirectReceive = 4_096;

    private const int DrainStep = 4_096;

    private MessageFraming _framing;
    private ChunkedDecoder? _chunks;
    private long _remaining;
    private bool _continueDue;
    private volatile bool _isContinuing;

    /// <summary>Made with the first chunked content: most connections never bring any.</summary>
    internal ChunkedDecoder Chunks => _chunks ??= new ChunkedDecoder(pool);

    internal MessageFraming Framing => _framing;

    /// <summary>Octets of declared content not read yet; null when the length is not declared.</summary>
    internal long? Left => _framing.Body == BodyKind.Chunked ? null : _remaining;

    /// <summary>True once nothing is left to read: all was read, or the rest was refused.</summary>
    internal bool IsAtEnd => state.Reading != Reading.Content;

    /// <summary>Why reading ended early, when it did; the connection cannot go on then.</summary>
    internal RejectReason Rejection { get; private set; }

    /// <summary>
    /// Whether another message can follow this one: its content is read, or little enough to be read and dropped, and the peer is not
    /// left to choose whether it sends it (RFC 9110 §10.1.1).
    /// </summary>
    internal bool CanBeDrained =>
        IsAtEnd
            ? state.Reading == Reading.Drained
            : (!_continueDue || received.UnreadCount > 0) && (_framing.Body == BodyKind.Chunked || _remaining <= limits.MaxDrainSize);

    /// <summary>True while a read sends 100 (Continue).</summary>
    internal bool IsContinuing => _isContinuing;

    /// <summary>True once 100 (Continue) has been sent for the request.</summary>
    internal bool HasContinued { get; private set; }

    internal void Begin(in MessageFraming framing)
    {
        if (_framing.Body == BodyKind.Chunked)
        {
            Chunks.Clear();
        }

        _framing = framing;
        _remaining = framing.ContentLength;
        _continueDue = framing.ExpectContinue;
        Rejection = RejectReason.None;
        HasContinued = false;
        if (framing.Body != BodyKind.None)
        {
            deadline.ResetContent();
        }
    }

    /// <summary>Between requests nothing is held.</summary>
    internal void ReleaseBuffers() => _chunks?.Release();

    /// <summary>All of the content that is left, where it lies, when it came with its head and is no longer than the limit; false otherwise.</summary>
    internal bool TryTakeInPlace(int maxLength, out ReadOnlyMemory<byte> content)
    {
        ThrowIfRejected();
        content = default;
        if (IsAtEnd)
        {
            return true;
        }

        if (_framing.Body != BodyKind.ContentLength || _remaining > received.UnreadCount || _remaining > maxLength)
        {
            return false;
        }

        content = received.UnreadMemory[..(int)_remaining];
        Consume((int)_remaining);
        return true;
    }

    /// <summary>Reads and drops what a handler left. True when the message is then at its end, so that another may follow. Ends early at a stop.</summary>
    internal async ValueTask<bool> DrainAsync()
    {
        if (!CanBeDrained)
        {
            return false;
        }

        _continueDue = false;
        var scratch = pool.Rent(DrainStep);
        try
        {
            for (long dropped = 0; dropped <= limits.MaxDrainSize;)
            {
                var count = TryTake(scratch, out var taken)
                    ? taken
                    : await ReceiveAsync(scratch, isHandlers: false, CancellationToken.None).ConfigureAwait(false);
                if (count == 0)
                {
                    return state.Reading == Reading.Drained;
                }

                dropped += count;
            }
        }
        catch (RequestRejectedException)
        {
            // Its request has been answered already: all that is left is to close.
        }
        finally
        {
            pool.Return(scratch);
        }

        return false;
    }

    internal RequestRejectedException Reject(RejectReason reason)
    {
        Rejection = reason;
        _remaining = 0;
        state.EndReading(reason.ToCloseReason());
        return new RequestRejectedException(reason, $"The request's content was refused: {reason.Name()}.");
    }

    /// <summary>
    /// Receives until some content can be taken, into a destination that is not empty; 0 at the end. Throws for content that must be refused;
    /// for a handler's read also when it is cancelled, and when the handler has ended meanwhile.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<int> ReceiveAsync(Memory<byte> destination, bool isHandlers, CancellationToken cancellationToken)
    {
        if (_continueDue)
        {
            await SendContinueAsync(isHandlers).ConfigureAwait(false);
        }

        for (; ; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (isHandlers && !state.IsHandlerActive)
            {
                throw new InvalidOperationException("The request has ended before a read of its content did: await every read before the handler's task completes.");
            }

            // Content that needs no decoding goes straight to where the handler wants it.
            var direct = destination.Length >= DirectReceive && received.UnreadCount == 0 && _remaining > 0;
            var room = direct ? destination[..(int)Math.Min(destination.Length, _remaining)] : received.Room();
            if (!deadline.BeginContent())
            {
                transport.Wake();
            }

            var count = await transport.ReceiveAsync(room).ConfigureAwait(false);
            var isOver = deadline.IsReceiveOver;
            deadline.EndContent(Math.Max(count, 0));
            if (count == 0)
            {
                throw Reject(RejectReason.UnexpectedEnd);
            }

            if (count == Transport.Woken)
            {
                if (isOver)
                {
                    throw Reject(RejectReason.BodyTooSlow);
                }

                if (!isHandlers && state.IsStopping)
                {
                    return 0;
                }
            }
            else if (direct)
            {
                Took(count);
                return count;
            }
            else
            {
                received.Received(count);
                if (TryTake(destination.Span, out var taken))
                {
                    return taken;
                }
            }
        }
    }

    /// <summary>Takes content that has been received; false when more must be received first. Throws for content that must be refused.</summary>
    internal bool TryTake(Span<byte> destination, out int count)
    {
        ThrowIfRejected();
        count = 0;
        while (!IsAtEnd)
        {
            if (_remaining > 0)
            {
                if (received.UnreadCount == 0)
                {
                    return false;
                }

                count = (int)Math.Min(Math.Min(destination.Length, _remaining), received.UnreadCount);
                received.Unread[..count].CopyTo(destination);
                Consume(count);
                return true;
            }

            // Chunked, between chunks.
            var step = Chunks.Advance(received.Unread, limits, out var consumed, out var reason);
            received.Consume(consumed);
            switch (step)
            {
                case ChunkStep.NeedMore:
                    return false;
                case ChunkStep.Content:
                    _remaining = Chunks.Remaining;
                    break;
                case ChunkStep.End:
                    state.EndContent();
                    break;
                default:
                    throw Reject(reason);
            }
        }

        return true;
    }

    private void Consume(int count)
    {
        received.Consume(count);
        Took(count);
    }

    private void Took(int count)
    {
        _remaining -= count;
        if (_framing.Body == BodyKind.Chunked)
        {
            Chunks.Took(count);
        }
        else if (_remaining == 0)
        {
            state.EndContent();
        }
    }

    // RFC 9110 §10.1.1: only now that content is wanted, and not when some of it is here already.
    private async ValueTask SendContinueAsync(bool isHandlers)
    {
        _continueDue = false;
        if (received.UnreadCount > 0)
        {
            return;
        }

        _isContinuing = true;
        try
        {
            // Either the connection sees that this has begun, or this sees that the handler has ended.
            Interlocked.MemoryBarrier();
            if (isHandlers && !state.IsHandlerActive)
            {
                return;
            }

            HasContinued = await InterimResponse.TrySendContinueAsync(state, send).ConfigureAwait(false);
        }
        finally
        {
            _isContinuing = false;
        }
    }

    private void ThrowIfRejected()
    {
        if (Rejection != RejectReason.None)
        {
            throw Reject(Rejection);
        }
    }
}
