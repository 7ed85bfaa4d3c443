// Owns: waiting for octets on a socket, taking them, and being called off without losing any.
// Does not own: the memory they are received into.

using System.Net.Sockets;

namespace TinyHost;

/// <summary>
/// What waits at the socket has no buffer: octets are taken once they are there. So whoever waits can be told to go on without them, while
/// the operation stays at the socket and writes nowhere; the next to wait takes it over.
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
    private volatile bool _stopped;
    // Where to take octets to as soon as they are there; empty when they are only waited for.
    private Memory<byte> _destination;

    /// <summary>Ends when octets, the peer's end or an error can be received.</summary>
    internal ValueTask WaitAsync() =>
        _stopped ? default
        : TryWait(Memory<byte>.Empty) ? new ValueTask(this, Version)
        : SocketError == SocketError.Success ? default
        : ValueTask.FromException(PeerGoneException.From(SocketError));

    /// <summary>Receives into a destination that is not empty; 0 at the peer's end.</summary>
    internal ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        while (!_stopped)
        {
            var count = socket.Receive(destination.Span, SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                return streak.IsOver() ? ReceivedOnPool(count) : new ValueTask<int>(count);
            }

            if (error == SocketError.WouldBlock)
            {
                if (TryWait(destination))
                {
                    return new ValueTask<int>(this, Version);
                }

                error = SocketError;
            }

            if (error != SocketError.Success)
            {
                return ValueTask.FromException<int>(PeerGoneException.From(error));
            }
        }

        return new ValueTask<int>(0);
    }

    private ValueTask<int> ReceivedOnPool(int count)
    {
        EndOnPool(count);
        return new ValueTask<int>(this, Version);
    }

    /// <summary>From now on there is nothing to receive, nor to wait for. Callable from any thread.</summary>
    internal void Stop()
    {
        _stopped = true;
        if (TryCallOff())
        {
            SetResultOnPool(0);
        }
    }

    /// <summary>Receiving goes on.</summary>
    internal void Resume() => _stopped = false;

    protected override void OnEnded()
    {
        if (Interlocked.Exchange(ref _state, None) == Awaited)
        {
            Deliver();
        }
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

                // Somebody else's wake-up.
                if (TryWaitOn())
                {
                    return;
                }

                error = SocketError;
            }

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
        catch (ObjectDisposedException e)
        {
            SetFailure(new PeerGoneException(e));
        }
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
        EndIfStopped();
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
        catch (ObjectDisposedException) when (WasCalledOff())
        {
            return true;
        }

        streak.End();
        EndIfStopped();
        return true;
    }

    // Whoever was called off has a result already.
    private bool WasCalledOff() => Interlocked.Exchange(ref _state, None) == CalledOff;

    // It may have been stopped when there was nothing to call off yet.
    private void EndIfStopped()
    {
        if (_stopped && TryCallOff())
        {
            SetResult(0);
        }
    }

    private bool TryCallOff() => Interlocked.CompareExchange(ref _state, CalledOff, Awaited) == Awaited;
}
