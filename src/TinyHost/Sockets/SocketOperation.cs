// Owns: what receiving and sending have in common: an operation of a socket that can be awaited again and again without allocating.
// Does not own: what is received (ReceiveOperation) and sent (SendOperation).

using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace TinyHost;

/// <summary>Either half of a connection: at most one operation of it is awaited at a time.</summary>
internal abstract class SocketOperation() : SocketAsyncEventArgs(true), IValueTaskSource<int>, IValueTaskSource, IThreadPoolWorkItem
{
    // Under load a socket thread never blocks: it would keep its processor until its time slice is over, some milliseconds, and the peers and
    // threads behind it would wait as long. So seldom it keeps its share beside those who compute without end (docs/performance.md).
    private const int MostWithoutYield = 128;

    // No operation's result.
    private const int Look = int.MinValue;

    [ThreadStatic]
    private static int t_endedInline;

    // The execution context is not its matter: whoever awaits has it restored by the await itself.
    private ManualResetValueTaskSourceCore<int> _source;
    private int _queuedResult;
    // Odd while what follows an operation runs on a socket thread.
    private int _turns;
    private int _turnsSeen;
    private volatile bool _hasFailed;

    /// <summary>True once an operation has failed: the socket tells of an error once, and may look sound afterwards.</summary>
    internal bool HasFailed
    {
        get => _hasFailed;
        private set => _hasFailed = value;
    }

    /// <summary>For the heartbeat: true when what follows an operation has kept a socket thread since the last time this was asked.</summary>
    internal bool KeepsSocketThread()
    {
        var seen = _turnsSeen;
        _turnsSeen = Volatile.Read(ref _turns);
        return _turnsSeen == seen && int.IsOddInteger(seen);
    }

    /// <summary>The socket's operation has ended, on a thread of the pool or, with completions inline, on a socket thread.</summary>
    protected abstract void OnEnded();

    protected short Version => _source.Version;

    // Made ready when it begins, not when its result is taken: who sees it complete at once need not take the result.
    protected void Reset() => _source.Reset();

    /// <summary>What is awaited has a result at once, which is to be taken up on the thread pool.</summary>
    protected void EndOnPool(int result)
    {
        Reset();
        SetResultOnPool(result);
    }

    /// <summary>Has <see cref="OnLook"/> called on the thread pool, which settles what is awaited.</summary>
    protected void LookOnPool() => SetResultOnPool(Look);

    /// <summary>Asked for by <see cref="LookOnPool"/>.</summary>
    protected virtual void OnLook() => throw new InvalidOperationException("The operation has nothing to look for.");

    protected void SetResult(int result) => _source.SetResult(result);

    protected void SetFailure(PeerGoneException failure)
    {
        HasFailed = true;
        _source.SetException(failure);
    }

    /// <summary>The operation has failed at once.</summary>
    protected PeerGoneException Fail(SocketError error)
    {
        HasFailed = true;
        return PeerGoneException.From(error);
    }

    private void SetResultOnPool(int result)
    {
        _queuedResult = result;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected sealed override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (Thread.CurrentThread.IsThreadPoolThread)
        {
            OnEnded();
            return;
        }

        // Completions inline: all of one socket's come on the same thread, one after the other.
        Volatile.Write(ref _turns, _turns + 1);
        OnEnded();
        Volatile.Write(ref _turns, _turns + 1);
        if (++t_endedInline == MostWithoutYield)
        {
            t_endedInline = 0;
            Thread.Yield();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_queuedResult == Look)
        {
            OnLook();
        }
        else
        {
            _source.SetResult(_queuedResult);
        }
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
