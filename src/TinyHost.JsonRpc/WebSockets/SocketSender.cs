// Owns: sending to the peer of a WebSocket: one message after the other, the queue of those that wait, and cutting off a peer that does
// not read.

using System.Net.WebSockets;

namespace TinyHost.JsonRpc;

/// <summary>No caller waits for the peer unless it awaits the task it gets.</summary>
#pragma warning disable CA1001 // The source is not disposed: it has no timer, and callers keep its token.
internal sealed class SocketSender(
    WebSocket socket, RequestContext context, JsonRpcWebSocketOptions options, TimeProvider time, RpcInstruments instruments,
    ObserverGuard guard)
#pragma warning restore CA1001
{
    private const int PieceSize = 65_536;

    private static readonly TimeSpan s_closeTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Queue<Outgoing> _waiting = new();
    private readonly CancellationTokenSource _ended = new();
    private long _waitingSize;
    private bool _isSending;
    private bool _isClosing;
    private bool _isDropping;
    private Outgoing? _close;
    // Timestamps; zero for what has not happened.
    private long _pieceSince;
    private long _closeSentAt;
    private long _activeAt = time.GetTimestamp();

    /// <summary>Cancelled once nothing more can be sent.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Whether a socket throws this when its peer has left, or when it was aborted.</summary>
    public static bool IsDeparture(Exception failure) =>
        failure is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException;

    /// <summary>Sends a reply. False if the connection has ended before.</summary>
    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> message) => SendAsync(message, isNotification: false);

    /// <summary>Sends a notification, or cuts the peer off if too many wait for it.</summary>
    public Task<bool> NotifyAsync(ReadOnlyMemory<byte> message) => SendAsync(message, isNotification: true).AsTask();

    /// <summary>A whole message has come from the peer.</summary>
    public void Touch() => Volatile.Write(ref _activeAt, time.GetTimestamp());

    /// <summary>
    /// Sends a close frame behind the messages that wait, and takes no more. The task ends when the frame has been sent, or cannot be; so
    /// does that of a later call, whose frame is not sent.
    /// </summary>
    public Task CloseAsync(WebSocketCloseStatus status, string? reason)
    {
        var close = new Outgoing(default, IsNotification: false, status, reason);
        bool isFirst;
        lock (_lock)
        {
            if (_isClosing)
            {
                return _close?.Sent.Task ?? Task.CompletedTask;
            }

            _isClosing = true;
            _close = close;
            _waiting.Enqueue(close);
            isFirst = !_isSending;
            _isSending = true;
        }

        if (isFirst)
        {
            _ = SendWaitingAsync();
        }

        End();
        return close.Sent.Task;
    }

    /// <summary>Nothing more can be sent: the peer has left. What waits is dropped. False if this was known.</summary>
    public bool Finish()
    {
        bool isFirst;
        lock (_lock)
        {
            isFirst = !_isDropping;
            _isClosing = true;
            _isDropping = true;
        }

        End();
        return isFirst;
    }

    /// <summary>Ends the connection at once, without a close frame.</summary>
    public void Abort()
    {
        Finish();
        socket.Abort();
        context.Abort();
    }

    /// <summary>Ends what takes too long. <paramref name="isIdle"/> says that no call is in progress.</summary>
    public void Tick(bool isIdle)
    {
        if (IsOver(ref _pieceSince, options.SendTimeout))
        {
            CutOff();
        }
        else if (IsOver(ref _closeSentAt, s_closeTimeout))
        {
            // The peer has not answered the close frame.
            Abort();
        }
        else if (isIdle && !_isClosing && options.IdleTimeout > TimeSpan.Zero && IsOver(ref _activeAt, options.IdleTimeout))
        {
            instruments.CountLimit("idle");
            _ = CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "no message for too long");
        }
    }

    private ValueTask<bool> SendAsync(ReadOnlyMemory<byte> message, bool isNotification)
    {
        bool isFirst;
        Outgoing? waiting;
        lock (_lock)
        {
            if (_isClosing)
            {
                return new(false);
            }

            isFirst = !_isSending;
            _isSending = true;
            waiting = isFirst || (isNotification && IsTooMuch(message.Length)) ? null : Enqueue(message, isNotification);
        }

        if (waiting is not null)
        {
            return new(waiting.Sent.Task);
        }

        if (isFirst)
        {
            return SendNowAsync(message);
        }

        CutOff();
        return new(false);
    }

    private bool IsTooMuch(int size) => _waitingSize > 0 && _waitingSize + size > options.MaxQueuedSize;

    private Outgoing Enqueue(ReadOnlyMemory<byte> message, bool isNotification)
    {
        var outgoing = new Outgoing(message, isNotification);
        _waiting.Enqueue(outgoing);
        _waitingSize += isNotification ? message.Length : 0;
        return outgoing;
    }

    // Costs no memory when the system takes the message at once.
    private async ValueTask<bool> SendNowAsync(ReadOnlyMemory<byte> message)
    {
        var isSent = await WriteAsync(message).ConfigureAwait(false);
        _ = SendWaitingAsync();
        return isSent;
    }

    private async Task SendWaitingAsync()
    {
        while (Next() is { } outgoing)
        {
            outgoing.Sent.TrySetResult(outgoing.Status is { } status
                ? await WriteCloseAsync(status, outgoing.Reason).ConfigureAwait(false)
                : await WriteAsync(outgoing.Message).ConfigureAwait(false));
        }
    }

    private Outgoing? Next()
    {
        lock (_lock)
        {
            _isSending = _waiting.TryDequeue(out var next);
            _waitingSize -= next is { IsNotification: true } ? next.Message.Length : 0;
            return next;
        }
    }

    // In pieces, so that a slow peer is told from one that does not read.
    private async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> message)
    {
        for (var isLast = false; !isLast;)
        {
            isLast = message.Length <= PieceSize;
            var piece = isLast ? message : message[..PieceSize];
            message = message[piece.Length..];
            if (_isDropping)
            {
                return false;
            }

            var sending = socket.SendAsync(piece, WebSocketMessageType.Text, isLast, CancellationToken.None);
            if (!await TryAsync(sending).ConfigureAwait(false))
            {
                return false;
            }
        }

        Touch();
        return true;
    }

    private async ValueTask<bool> WriteCloseAsync(WebSocketCloseStatus status, string? reason)
    {
        var isSent = !_isDropping
            && await TryAsync(new ValueTask(socket.CloseOutputAsync(status, reason, CancellationToken.None))).ConfigureAwait(false);
        Volatile.Write(ref _closeSentAt, time.GetTimestamp());
        return isSent;
    }

    private async ValueTask<bool> TryAsync(ValueTask sending)
    {
        if (sending.IsCompletedSuccessfully)
        {
            sending.GetAwaiter().GetResult();
            return true;
        }

        try
        {
            Volatile.Write(ref _pieceSince, time.GetTimestamp());
            await sending.ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (IsDeparture(failure))
        {
            // The peer has left, which the reader finds too.
            Finish();
            return false;
        }
        finally
        {
            Volatile.Write(ref _pieceSince, 0);
        }
    }

    private bool IsOver(ref long since, TimeSpan limit) =>
        Volatile.Read(ref since) is var started && started != 0 && time.GetElapsedTime(started) > limit;

    // The peer does not read, so a close frame would not reach it either.
    private void CutOff()
    {
        if (Finish())
        {
            instruments.CountLimit("slow_peer");
            Abort();
        }
    }

    // The callbacks run on the thread pool.
    private void End()
    {
        if (!_ended.IsCancellationRequested)
        {
            _ = CancelAsync();
        }
    }

    private async Task CancelAsync()
    {
        try
        {
            await _ended.CancelAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Reported by the guard: the callbacks are the methods' code.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed("A callback for the end of a WebSocket or its calls", failure);
        }
    }

    private sealed record Outgoing(
        ReadOnlyMemory<byte> Message, bool IsNotification, WebSocketCloseStatus? Status = null, string? Reason = null)
    {
        public TaskCompletionSource<bool> Sent { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
