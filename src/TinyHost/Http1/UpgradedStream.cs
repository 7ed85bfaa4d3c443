// Owns: a connection's octets after 101 (Switching Protocols), RFC 9110 §7.8, as a duplex stream.
// Does not own: the protocol spoken on it, or the connection's end, which comes when the handler ends.

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// One read and one write may be pending at a time. What arrived behind the request's head is read first. Once it is disposed, and once the
/// handler has ended, nothing can be read or written.
/// </summary>
internal sealed class UpgradedStream(ConnectionState state, Transport transport, ReceiveBuffer received, SendBuffer send) : AsyncStream
{
    private readonly int _generation = state.Generation;
    private volatile bool _isDisposed;
    private volatile bool _hasPeerFinished;

    public override bool CanRead => !_isDisposed;

    public override bool CanWrite => !_isDisposed;

    /// <summary>True once a read has shown that the peer has finished sending, and once the connection is lost.</summary>
    internal bool HasPeerLeft => _hasPeerFinished || transport.HasFailed;

    /// <summary>A read that is cancelled loses nothing: the next one goes on where it was.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (buffer.IsEmpty)
        {
            return default;
        }

        state.EnterRead(_generation);
        if (received.UnreadCount == 0)
        {
            return ReceiveAsync(buffer, cancellationToken);
        }

        try
        {
            var count = Math.Min(buffer.Length, received.UnreadCount);
            received.Unread[..count].CopyTo(buffer.Span);
            received.Consume(count);
            return new ValueTask<int>(count);
        }
        finally
        {
            state.ExitRead();
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        state.EnterWrite(_generation);
        return SendAsync(buffer);
    }

    /// <summary>Ends what is pending: a WebSocket disposes its stream to be rid of a read it no longer waits for.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            if (state.IsWritePending && state.Generation == _generation && state.IsHandlerActive)
            {
                // The rest of what is being sent cannot be taken back, nor waited for.
                state.Close(CloseReason.ResponseAborted);
                transport.Abort();
            }
            else
            {
                transport.Wake();
            }
        }

        base.Dispose(disposing);
    }

    protected override NotSupportedException Unseekable() => new("A connection has no length and no position.");

    protected override NotSupportedException Unreadable() => Blocking();

    protected override NotSupportedException Unwritable() => Blocking();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            using var registration = transport.WakeOn(cancellationToken);
            for (; ; )
            {
                cancellationToken.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                state.ThrowIfEnded(_generation);
                var count = await transport.ReceiveAsync(buffer).ConfigureAwait(false);
                if (count != Transport.Woken)
                {
                    _hasPeerFinished |= count == 0;
                    return count;
                }
            }
        }
        finally
        {
            state.ExitRead();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> buffer)
    {
        try
        {
            await send.SendAsync(buffer).ConfigureAwait(false);
        }
        finally
        {
            state.ExitWrite();
        }
    }

    private static NotSupportedException Blocking() =>
        new("Waiting for the peer synchronously would block a thread that other requests need: use ReadAsync and WriteAsync.");
}
