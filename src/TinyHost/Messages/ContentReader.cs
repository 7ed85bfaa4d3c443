// Owns: taking a request's content off the connection as its framing says, RFC 9112 §6 and §7.1, RFC 9110 §10.1.1.
// Does not own: framing decisions (MessageFraming), chunk syntax (ChunkedDecoder), or what a handler does with the content (RequestBody).

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>Reads nothing from the peer before it is asked for. Reused for every request of its connection.</summary>
internal sealed class ContentReader(
    Transport transport, ReceiveBuffer received, SendBuffer send, Deadline deadline, ServerLimits limits, ArrayPool<byte> pool)
{
    // Below this it is cheaper to fill the receive buffer than to receive straight into the handler's memory.
    private const int DirectReceive = 4_096;

    private readonly Turn _reading = new("A read of the content");
    private MessageFraming _framing;
    private ChunkedDecoder? _chunks;
    private long _remaining;
    private bool _continueDue;

    /// <summary>Made with the first chunked content: most connections never bring any.</summary>
    internal ChunkedDecoder Chunks => _chunks ??= new ChunkedDecoder(pool);

    internal MessageFraming Framing => _framing;

    /// <summary>Octets of declared content not read yet; null when the length is not declared.</summary>
    internal long? Left => _framing.Body == BodyKind.Chunked ? null : _remaining;

    /// <summary>True once nothing is left to read: all was read, or the rest was refused.</summary>
    internal bool IsAtEnd { get; private set; }

    /// <summary>True while a read that the handler began is under way.</summary>
    internal bool IsReading => _reading.IsTaken;

    /// <summary>Why reading ended early, when it did; the connection cannot go on then.</summary>
    internal RejectReason Rejection { get; private set; }

    /// <summary>
    /// Whether another message can follow this one: its content is read, or little enough to be read and dropped, and the peer is not
    /// left to choose whether it sends it (RFC 9110 §10.1.1).
    /// </summary>
    internal bool CanBeDrained =>
        IsAtEnd
            ? Rejection == RejectReason.None
            : (!_continueDue || received.UnreadCount > 0) && (_framing.Body == BodyKind.Chunked || _remaining <= limits.MaxDrainSize);

    /// <summary>True once 100 (Continue) has been sent for the request.</summary>
    internal bool HasContinued { get; private set; }

    /// <summary>Set once a final response has begun: a 100 (Continue) has no place any more.</summary>
    internal bool ResponseHasStarted { get; set; }

    internal void Begin(in MessageFraming framing)
    {
        if (_framing.Body == BodyKind.Chunked)
        {
            Chunks.Clear();
        }

        _framing = framing;
        _remaining = framing.ContentLength;
        _continueDue = framing.ExpectContinue;
        IsAtEnd = framing.Body == BodyKind.None;
        Rejection = RejectReason.None;
        ResponseHasStarted = false;
        HasContinued = false;
        if (!IsAtEnd)
        {
            deadline.ResetContent();
        }
    }

    /// <summary>Between requests nothing is held.</summary>
    internal void ReleaseBuffers() => _chunks?.Release();

    /// <summary>Reads some content into a destination that is not empty; 0 at the end. Throws for content that must be refused.</summary>
    internal ValueTask<int> ReadAsync(Memory<byte> destination)
    {
        _reading.ThrowIfTaken();
        ThrowIfRejected();
        return TryTake(destination.Span, out var count) ? new ValueTask<int>(count) : ReceiveAsync(destination);
    }

    /// <summary>All of the content, where it lies, when it came with its head and is no longer than the limit.</summary>
    internal bool TryTakeAll(int maxLength, out ReadOnlyMemory<byte> content)
    {
        _reading.ThrowIfTaken();
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

    /// <summary>After an upgrade: reads octets of whatever protocol, as they come; 0 at the peer's end.</summary>
    internal ValueTask<int> ReadUpgradedAsync(Memory<byte> destination)
    {
        if (received.UnreadCount == 0)
        {
            return ReceiveUpgradedAsync(destination);
        }

        var count = Math.Min(destination.Length, received.UnreadCount);
        received.Unread[..count].CopyTo(destination.Span);
        received.Consume(count);
        return new ValueTask<int>(count);
    }

    /// <summary>Ends the read under way as if the peer had finished sending.</summary>
    internal void StopReceiving() => transport.StopReceiving();

    /// <summary>Nothing is read any more; ends when the handler's last read has.</summary>
    internal ValueTask CloseAsync() => _reading.CloseAsync();

    /// <summary>Reads and drops what a handler left. True when the message is then at its end, so that another may follow.</summary>
    internal async ValueTask<bool> DrainAsync(Memory<byte> scratch)
    {
        if (IsReading || !CanBeDrained)
        {
            return false;
        }

        _continueDue = false;
        try
        {
            for (long dropped = 0; dropped <= limits.MaxDrainSize;)
            {
                var count = await ReadAsync(scratch).ConfigureAwait(false);
                if (count == 0)
                {
                    return true;
                }

                dropped += count;
            }
        }
        catch (RequestRejectedException)
        {
            // Its request has been answered already: all that is left is to close.
        }

        return false;
    }

    internal RequestRejectedException Reject(RejectReason reason)
    {
        Rejection = reason;
        IsAtEnd = true;
        _remaining = 0;
        return new RequestRejectedException(reason, $"The request's content was refused: {reason.Name()}.");
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        _reading.Take();
        try
        {
            if (_continueDue)
            {
                await SendContinueAsync().ConfigureAwait(false);
            }

            for (; ; )
            {
                // Content that needs no decoding goes straight to where the handler wants it.
                var direct = destination.Length >= DirectReceive && received.UnreadCount == 0 && _remaining > 0;
                var room = direct ? destination[..(int)Math.Min(destination.Length, _remaining)] : received.Room();
                deadline.BeginContent();
                var count = await transport.ReceiveAsync(room).ConfigureAwait(false);
                deadline.EndContent(count);
                if (count == 0)
                {
                    throw Reject(deadline.Expired == Waiting.Content ? RejectReason.BodyTooSlow : RejectReason.UnexpectedEnd);
                }

                if (direct)
                {
                    Took(count);
                    return count;
                }

                received.Received(count);
                if (TryTake(destination.Span, out var taken))
                {
                    return taken;
                }
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveUpgradedAsync(Memory<byte> destination)
    {
        _reading.Take();
        try
        {
            return await transport.ReceiveAsync(destination).ConfigureAwait(false);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Takes content that has been received; false when more must be received first.</summary>
    private bool TryTake(Span<byte> destination, out int count)
    {
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
                    IsAtEnd = true;
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
        else
        {
            IsAtEnd = _remaining == 0;
        }
    }

    // RFC 9110 §10.1.1: only now that content is wanted, and not when some of it is here already.
    private async ValueTask SendContinueAsync()
    {
        _continueDue = false;
        if (received.UnreadCount == 0 && !ResponseHasStarted)
        {
            HasContinued = true;
            await InterimResponse.SendContinueAsync(send).ConfigureAwait(false);
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
