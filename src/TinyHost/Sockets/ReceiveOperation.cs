// Owns: waiting for octets on a socket, taking them, and being woken without losing any.
// Does not own: the memory they are received into, or why it is woken.

using System.Net.Sockets;

namespace TinyHost;

/// <summary>
/// What waits at the socket has no buffer: octets are taken once they are there. So a wait can be called off while the operation stays at the
/// socket and writes nowhere; the next wait takes it over.
/// </summary>
internal sealed class ReceiveOperation(Socket socket, Streak streak) : SocketOperation
{
    // At the socket there is no operation,
    private const int None = 0;
    // one that is awaited,
    private const int Awaited = 1;
    // or one that was called off.
    private const int CalledOff = 2;

    private int _state;
    // Set by a wake-up that found nothing to call off: it is for the next wait.
    private volatile bool _isWoken;
    // Where to take octets to as soon as they are there; empty when they are only waited for.
    private Memory<byte> _destination;

    /// <summary>Ends when octets, the peer's end or an error can be received; with <see cref="Transport.Woken"/> when it was woken.</summary>
    internal ValueTask<int> WaitAsync() =>
        TakeWakeUp() ? new ValueTask<int>(Transport.Woken)
        : TryWait(Memory<byte>.Empty) ? new ValueTask<int>(this, Version)
        : SocketError == SocketError.Success ? default
        : ValueTask.FromException<int>(Fail(SocketError));

    /// <summary>Receives into a destination that is not empty; 0 at the peer's end, <see cref="Transport.Woken"/> when it was woken.</summary>
    internal ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        for (; ; )
        {
            var count = socket.Receive(destination.Span, SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                return streak.IsOver() ? ReceivedOnPool(count) : new ValueTask<int>(count);
            }

            if (error == SocketError.WouldBlock)
            {
                if (TakeWakeUp())
                {
                    return new ValueTask<int>(Transport.Woken);
                }

                if (TryWait(destination))
                {
                    return new ValueTask<int>(this, Version);
                }

                error = SocketError;
            }

            if (error != SocketError.Success)
            {
                return ValueTask.FromException<int>(Fail(error));
            }
        }
    }

    /// <summary>True while an operation is pending at the socket, awaited or called off.</summary>
    internal bool IsAtSocket => Volatile.Read(ref _state) != None;

    /// <summary>Ends the wait, or the next one. Callable from any thread.</summary>
    internal void Wake()
    {
        _isWoken = true;
        if (TryCallOff())
        {
            _isWoken = false;
            // What has arrived meanwhile comes first: the socket may not have been looked at yet.
            LookOnPool();
        }
    }

    protected override void OnEnded()
    {
        if (Interlocked.Exchange(ref _state, None) == Awaited)
        {
            Deliver();
        }
    }

    /// <summary>The last look of a wait that was called off.</summary>
    protected override void OnLook()
    {
        try
        {
            var count = Transport.Woken;
            var error = SocketError.Success;
            if (!_destination.IsEmpty)
            {
                count = socket.Receive(_destination.Span, SocketFlags.None, out error);
                if (error == SocketError.WouldBlock)
                {
                    (count, error) = (Transport.Woken, SocketError.Success);
                }
            }

            End(count, error);
        }
        catch (ObjectDisposedException e)
        {
            SetFailure(new PeerGoneException(e));
        }
    }

    private ValueTask<int> ReceivedOnPool(int count)
    {
        EndOnPool(count);
        return new ValueTask<int>(this, Version);
    }

    private void Deliver()
    {
        try
        {
            var count = 0;
            var error = SocketError;
            while (error == SocketError.Success && !_destination.IsEmpty)
            {
                count = socket.Receive(_destination.Span, SocketFlags.None, out error);
                if (error != SocketError.WouldBlock)
                {
                    break;
                }

                // A spurious wake-up of the system's.
                if (TryWaitOn())
                {
                    return;
                }

                error = SocketError;
            }

            End(count, error);
        }
        catch (ObjectDisposedException e)
        {
            SetFailure(new PeerGoneException(e));
        }
    }

    private void End(int count, SocketError error)
    {
        _destination = default;
        if (error == SocketError.Success)
        {
            SetResult(count);
        }
        else
        {
            SetFailure(PeerGoneException.From(error));
        }
    }

    private bool TakeWakeUp()
    {
        if (!_isWoken)
        {
            return false;
        }

        _isWoken = false;
        return true;
    }

    /// <summary>False when that ended at once, as <see cref="SocketAsyncEventArgs.SocketError"/> says.</summary>
    private bool TryWait(Memory<byte> destination)
    {
        Reset();
        _destination = destination;
        if (Interlocked.CompareExchange(ref _state, Awaited, CalledOff) != CalledOff)
        {
            return TryWaitOn();
        }

        streak.End();
        EndIfWoken();
        return true;
    }

    private bool TryWaitOn()
    {
        Interlocked.Exchange(ref _state, Awaited);
        try
        {
            if (!socket.ReceiveAsync(this))
            {
                return WasCalledOff();
            }
        }
        catch (ObjectDisposedException)
        {
            if (!WasCalledOff())
            {
                throw;
            }

            return true;
        }

        streak.End();
        EndIfWoken();
        return true;
    }

    // What was called off has its result already.
    private bool WasCalledOff() => Interlocked.Exchange(ref _state, None) == CalledOff;

    // The wake-up may have come when there was nothing to call off yet.
    private void EndIfWoken()
    {
        if (_isWoken && TryCallOff())
        {
            _isWoken = false;
            LookOnPool();
        }
    }

    private bool TryCallOff() => Interlocked.CompareExchange(ref _state, CalledOff, Awaited) == Awaited;
}
