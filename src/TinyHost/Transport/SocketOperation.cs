// Owns: one reusable socket operation that can be awaited without allocating.
// Does not own: the socket, or what is sent and received.

using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace TinyHost;

/// <summary>Either the receiving or the sending half of a connection: at most one operation of it is pending at a time.</summary>
internal sealed class SocketOperation(Streak streak) : SocketAsyncEventArgs(true), IValueTaskSource<int>, IValueTaskSource, IThreadPoolWorkItem
{
    // The execution context is not its matter: whoever awaits has it restored by the await itself.
    private ManualResetValueTaskSourceCore<int> _source;
    private int _queuedResult;
    // Odd while what follows an operation runs on a socket thread.
    private int _turns;
    private int _turnsSeen;

    internal ValueTask<int> ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        Begin(buffer);
        return IsPending(socket.ReceiveAsync(this))
            ? new ValueTask<int>(this, _source.Version)
            : SocketError == SocketError.Success
                ? new ValueTask<int>(BytesTransferred)
                : ValueTask.FromException<int>(Failure());
    }

    /// <summary>A receive of nothing: ends when something is there to be received.</summary>
    internal ValueTask WaitToReceiveAsync(Socket socket)
    {
        Begin(ReadOnlyMemory<byte>.Empty);
        return Started(socket.ReceiveAsync(this));
    }

    internal ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> octets)
    {
        Begin(octets);
        return Started(socket.SendAsync(this));
    }

    /// <summary>Something has been received without this operation, and is to be taken up on the thread pool.</summary>
    internal ValueTask<int> ReceivedOnPool(int count)
    {
        _source.Reset();
        QueueResult(count);
        return new ValueTask<int>(this, _source.Version);
    }

    /// <summary>Everything has been sent without this operation, and that is to be taken up on the thread pool.</summary>
    internal ValueTask SentOnPool()
    {
        _source.Reset();
        QueueResult(0);
        return new ValueTask(this, _source.Version);
    }

    private void QueueResult(int result)
    {
        _queuedResult = result;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // An operation that has ended at once may still have to look pending: it is taken up on the thread pool.
    private bool IsPending(bool pending)
    {
        if (!pending && SocketError == SocketError.Success && streak.IsOver())
        {
            QueueResult(BytesTransferred);
            return true;
        }

        if (pending)
        {
            streak.End();
        }

        return pending;
    }

    private ValueTask Started(bool pending) =>
        IsPending(pending)
            ? new ValueTask(this, _source.Version)
            : SocketError == SocketError.Success
                ? default
                : ValueTask.FromException(Failure());

    /// <summary>For the heartbeat: true when what follows an operation has kept a socket thread since the last time this was asked.</summary>
    internal bool KeepsSocketThread()
    {
        var seen = _turnsSeen;
        _turnsSeen = Volatile.Read(ref _turns);
        return _turnsSeen == seen && int.IsOddInteger(seen);
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (Thread.CurrentThread.IsThreadPoolThread)
        {
            Complete();
            return;
        }

        // Completions inline: all of one socket's come on the same thread, one after the other.
        Volatile.Write(ref _turns, _turns + 1);
        Complete();
        Volatile.Write(ref _turns, _turns + 1);
    }

    void IThreadPoolWorkItem.Execute() => _source.SetResult(_queuedResult);

    private void Complete()
    {
        if (SocketError == SocketError.Success)
        {
            _source.SetResult(BytesTransferred);
        }
        else
        {
            _source.SetException(Failure());
        }
    }

    private PeerGoneException Failure() => PeerGoneException.From(SocketError);

    // Made ready when it begins, not when its result is taken: who sees it complete at once need not take the result.
    private void Begin(ReadOnlyMemory<byte> buffer)
    {
        // Throws while an operation is pending, and must do so before that one's awaiter is forgotten.
        SetBuffer(MemoryMarshal.AsMemory(buffer));
        _source.Reset();
    }

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
