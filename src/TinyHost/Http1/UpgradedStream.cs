// Owns: a connection's octets after 101 (Switching Protocols), RFC 9110 §7.8, as a duplex stream.

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// One read and one write may be pending at a time. The first read returns what arrived after the request's head. After disposal and after
/// the handler's end it can neither be read nor written.
/// </summary>
internal sealed class UpgradedStream(Http1Connection http1) : AsyncStream
{
    private readonly ConnectionState _state = http1.State;
    private readonly Transport _transport = http1.Transport;
    private readonly int _generation = http1.State.Generation;
    private volatile bool _isDisposed;
    private volatile bool _hasPeerFinished;

    public override bool CanRead => !_isDisposed;

    public override bool CanWrite => !_isDisposed;

    /// <summary>True once a read has shown that the peer has finished sending, and once the connection is lost.</summary>
    internal bool HasPeerLeft => _hasPeerFinished || _transport.HasFailed;

    /// <summary>A cancelled read loses nothing: the next one continues.</summary>
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

        _state.EnterRead(_generation);
        if (http1.Received.UnreadCount == 0)
        {
            return ReceiveAsync(buffer, cancellationToken);
        }

        try
        {
            var count = Math.Min(buffer.Length, http1.Received.UnreadCount);
            http1.Received.Unread[..count].CopyTo(buffer.Span);
            http1.Received.Consume(count);
            return new ValueTask<int>(count);
        }
        finally
        {
            _state.ExitRead();
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _state.EnterWrite(_generation);
        return SendAsync(buffer);
    }

    /// <summary>Ends pending operations: a WebSocket disposes its stream to end a read that it no longer waits for.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            if (_state.IsWritePending && _state.Generation == _generation && _state.IsHandlerActive)
            {
                // A pending send can neither be taken back nor waited for here.
                _state.RecordCloseReason(CloseReason.ResponseAborted);
                _transport.Abort();
            }
            else
            {
                _transport.Wake();
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
            using var registration = _transport.WakeOn(cancellationToken);
            for (; ; )
            {
                cancellationToken.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                _state.ThrowIfEnded(_generation);
                var count = await _transport.ReceiveAsync(buffer).ConfigureAwait(false);
                if (count != Transport.Woken)
                {
                    _hasPeerFinished |= count == 0;
                    return count;
                }
            }
        }
        finally
        {
            _state.ExitRead();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> buffer)
    {
        try
        {
            await http1.Send.SendAsync(buffer).ConfigureAwait(false);
        }
        finally
        {
            _state.ExitWrite();
        }
    }

    private static NotSupportedException Blocking() =>
        new("Waiting for the peer synchronously would block a thread that other requests need: use ReadAsync and WriteAsync.");
}
