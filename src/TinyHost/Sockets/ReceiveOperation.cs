// Owns: receiving on a socket, waiting when nothing has arrived, and waking such a wait without losing bytes.

using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace TinyHost;

/// <summary>
/// The operation pending at the socket has no buffer. It only reports an arrival; the bytes are then received with a plain call. So a wait
/// can be woken while its operation stays pending, and the next wait adopts that operation. One receive at a time.
/// </summary>
internal class ReceiveOperation(Socket socket)
    : SocketAsyncEventArgs(true), IValueTaskSource<int>, IThreadPoolWorkItem
{
    // The operation pending at the socket: none, one whose wait goes on, or one whose wait was woken.
    private const int None = 0;
    private const int Awaited = 1;
    private const int Abandoned = 2;

    private ManualResetValueTaskSourceCore<int> _source;
    private int _pending;
    // A wake-up that found no wait: it ends the next one.
    private volatile bool _isWoken;
    private volatile bool _hasFailed;
    private Memory<byte> _destination;

    /// <summary>True once a receive has failed. The socket reports an error only once.</summary>
    internal bool HasFailed => _hasFailed;

    /// <summary>True while an operation is pending at the socket, awaited or not.</summary>
    internal bool IsPending => Volatile.Read(ref _pending) != None;

    /// <summary>
    /// Receives some bytes; 0 at the peer's end; <see cref="Transport.Woken"/> after <see cref="Wake"/>. With an empty destination it
    /// receives nothing and ends with 0 once there is something to receive.
    /// </summary>
    internal ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        try
        {
            for (; ; )
            {
                var count = 0;
                var error = SocketError.WouldBlock;
                if (!destination.IsEmpty)
                {
                    count = socket.Receive(destination.Span, SocketFlags.None, out error);
                }

                if (error == SocketError.WouldBlock)
                {
                    if (_isWoken && Interlocked.Exchange(ref _isWoken, false))
                    {
                        return new ValueTask<int>(Transport.Woken);
                    }

                    if (TryWait(destination))
                    {
                        return new ValueTask<int>(this, _source.Version);
                    }

                    error = SocketError;
                    if (error == SocketError.Success && !destination.IsEmpty)
                    {
                        continue;
                    }
                }

                return error == SocketError.Success ? new ValueTask<int>(count) : ValueTask.FromException<int>(Fail(error));
            }
        }
        catch (ObjectDisposedException e)
        {
            return ValueTask.FromException<int>(new PeerGoneException(e));
        }
    }

    /// <summary>Ends the current wait, or else the next one. Callable from any thread.</summary>
    internal void Wake()
    {
        _isWoken = true;
        EndWaitIfWoken();
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        RememberFailure();
        if (Interlocked.Exchange(ref _pending, None) == Awaited)
        {
            EndWait(SocketError, isWoken: false);
        }
    }

    void IThreadPoolWorkItem.Execute() => EndWait(SocketError.Success, isWoken: true);

    // Bytes come before a wake-up: they may have arrived without the operation having reported it yet.
    private void EndWait(SocketError error, bool isWoken)
    {
        try
        {
            var count = isWoken ? Transport.Woken : 0;
            while (error == SocketError.Success && !_destination.IsEmpty)
            {
                var received = socket.Receive(_destination.Span, SocketFlags.None, out error);
                if (error != SocketError.WouldBlock)
                {
                    count = received;
                    break;
                }

                error = SocketError.Success;
                if (isWoken)
                {
                    break;
                }

                // The operation ended although nothing had arrived.
                if (TryStart())
                {
                    return;
                }

                error = SocketError;
            }

            _destination = default;
            if (error == SocketError.Success)
            {
                _source.SetResult(count);
            }
            else
            {
                _source.SetException(Fail(error));
            }
        }
        catch (ObjectDisposedException e)
        {
            _hasFailed = true;
            _source.SetException(new PeerGoneException(e));
        }
    }

    /// <summary>False if the wait ended at once, with the result in <see cref="SocketAsyncEventArgs.SocketError"/>.</summary>
    private bool TryWait(Memory<byte> destination)
    {
        _source.Reset();
        _destination = destination;
        if (Interlocked.CompareExchange(ref _pending, Awaited, Abandoned) != Abandoned)
        {
            return TryStart();
        }

        EndWaitIfWoken();
        return true;
    }

    private bool TryStart()
    {
        Interlocked.Exchange(ref _pending, Awaited);
        try
        {
            if (!socket.ReceiveAsync(this))
            {
                RememberFailure();
                return StopAwaiting();
            }
        }
        catch (ObjectDisposedException) when (StopAwaiting())
        {
            return true;
        }

        EndWaitIfWoken();
        return true;
    }

    // Even if the wait was woken: the socket reports an error once, and the next receive would return 0, as at the peer's end.
    private void RememberFailure()
    {
        if (SocketError != SocketError.Success)
        {
            _hasFailed = true;
        }
    }

    // True if the wait was woken meanwhile: its result is on the way.
    private bool StopAwaiting() => Interlocked.Exchange(ref _pending, None) == Abandoned;

    private void EndWaitIfWoken()
    {
        if (_isWoken && Interlocked.CompareExchange(ref _pending, Abandoned, Awaited) == Awaited)
        {
            _isWoken = false;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private PeerGoneException Fail(SocketError error)
    {
        _hasFailed = true;
        return PeerGoneException.From(error);
    }

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
