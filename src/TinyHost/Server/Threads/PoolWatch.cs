// Owns: noticing that blocked work holds every thread of the process's pool, and having the pool add threads until that is over.

namespace TinyHost;

/// <summary>
/// A pool whose threads are all blocked adds one or two threads a second: fifty handlers that block would stall every other request,
/// scrapes included, for half a minute. So the watch raises the pool's minimum of threads when work waits for a thread while the processors
/// are idle. All servers of the process share one watch.
/// </summary>
/// <remarks>
/// A check needs a thread, too. The pool runs a due timer before other work, but of several due timers only the first; the others are
/// queued. So the servers' heartbeats check as well, and so does each thread when it begins its first handler after a check.
/// </remarks>
internal sealed class PoolWatch(WorkerPool pool, TimeProvider time, PoolThreads threads) : IThreadPoolWorkItem
{
    // All times are in milliseconds. A free thread takes an item in far less than this.
    private const long Late = 100;

    private const long ShortInterval = 100;
    private const long LongInterval = 1_000;

    // After this long without a shortage the present threads are enough, and later only those that handlers hold are needed.
    private const long Settled = 300;
    private const long Calm = 5_000;

    // More threads do not help a process that computes. A shorter time says too little about that.
    private const double BusyLoad = 0.8;
    private const long ShortestLoad = 50;

    private readonly Lock _lock = new();
    private readonly List<PoolWatchMember> _members = [];
    private ITimer? _timer;
    private int _mostBlocked;
    private long _dueAt;
    private long _checkedAt;
    private TimeSpan _processorTime;
    private long _heldAt;
    private int _timesHeld;
    private long _shortAt = long.MinValue / 2;
    private bool _isUnexplained;
    private PoolFindings _findings;
    // The watch itself is the item that measures the wait in the pool's queue.
    private volatile bool _isQueued;
    private long _queuedAt;
    private TimeSpan _queueDelay;
    private long _measuredAt;

    /// <summary>The watch over the pool of this process.</summary>
    internal static PoolWatch Shared { get; } = new(new RuntimePool(), TimeProvider.System, PoolThreads.Shared);

    /// <summary>A server has started. Disposing the result ends its membership.</summary>
    /// <param name="mostBlocked">How many threads may be blocked while others are added; 0 for none. Of several servers the largest
    /// counts.</param>
    internal PoolWatchMember Join(int mostBlocked)
    {
        lock (_lock)
        {
            var member = new PoolWatchMember(this, mostBlocked, _findings);
            _members.Add(member);
            _mostBlocked = Math.Max(_mostBlocked, mostBlocked);
            if (_members.Count == 1)
            {
                BeginLoad(Now());
                SetTimer(LongInterval);
            }

            return member;
        }
    }

    internal void Leave(PoolWatchMember member)
    {
        lock (_lock)
        {
            if (!_members.Remove(member))
            {
                return;
            }

            _mostBlocked = _members.Count == 0 ? 0 : _members.Max(other => other.MostBlocked);
            if (_mostBlocked == 0)
            {
                pool.LowerMinimum(held: 0);
            }

            if (_members.Count == 0)
            {
                _timer!.Dispose();
                _timer = null;
            }
        }
    }

    /// <summary>A server's heartbeat checks, and gets the findings so far.</summary>
    internal PoolFindings CheckFromHeartbeat()
    {
        TryCheck(ownThreads: 1);
        lock (_lock)
        {
            return _findings;
        }
    }

    /// <summary>Checks before the timer does. Does nothing while another thread checks.</summary>
    /// <param name="ownThreads">1 when the caller's thread is no handler's and must be counted as held; otherwise 0.</param>
    internal void TryCheck(int ownThreads)
    {
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            var now = Now();
            // A late timer waits in the queue: set anew, it may be the one that the pool runs first.
            if (IsShortSuspected(now, ownThreads) && Math.Abs(_dueAt - now) >= ShortInterval)
            {
                SetTimer(ShortInterval);
            }
        }
        finally
        {
            _lock.Exit();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        _queueDelay = time.GetElapsedTime(_queuedAt);
        _isQueued = false;
    }

    private void CheckFromTimer()
    {
        lock (_lock)
        {
            if (_timer is null)
            {
                return;
            }

            threads.CountCheck();
            var now = Now();
            var isSuspect = IsShortSuspected(now, ownThreads: 1);
            var sinceShort = now - _shortAt;
            if (sinceShort < LongInterval)
            {
                ReportHolders(now);
            }

            if (sinceShort >= Settled)
            {
                pool.LowerMinimum(pool.ThreadCount);
                CountUnexplained(now);
            }

            if (sinceShort >= Calm)
            {
                pool.LowerMinimum(CountHeld(now));
            }

            BeginLoad(now);
            MeasureQueue(now);
            SetTimer(isSuspect || sinceShort < LongInterval ? ShortInterval : LongInterval);
        }
    }

    /// <summary>Raises the minimum when threads are short. True when they may be, so that the next check should come soon.</summary>
    private bool IsShortSuspected(long now, int ownThreads)
    {
        if (_mostBlocked == 0)
        {
            return false;
        }

        var isLate = now - _dueAt >= Late || (_isQueued && time.GetElapsedTime(_queuedAt).TotalMilliseconds >= Late);
        var isHeld = CountHeld(now) + ownThreads >= pool.ThreadCount;
        if (!isHeld)
        {
            _timesHeld = 0;
        }
        else if (now - _heldAt >= Late)
        {
            _heldAt = now;
            _timesHeld++;
        }

        if ((isLate || _timesHeld >= 3) && pool.PendingCount > 0 && IsLoadLow(now))
        {
            _isUnexplained |= now - _shortAt >= LongInterval;
            _shortAt = now;
            pool.RaiseMinimum(_mostBlocked + 2);
        }

        return isLate || isHeld;
    }

    private void BeginLoad(long now) => (_checkedAt, _processorTime) = (now, pool.ProcessorTime);

    private bool IsLoadLow(long now)
    {
        var length = now - _checkedAt;
        return length >= ShortestLoad && (pool.ProcessorTime - _processorTime).TotalMilliseconds < BusyLoad * length;
    }

    private int CountHeld(long now)
    {
        var held = 0;
        foreach (var thread in threads.All)
        {
            held += thread.HeldSince(now) is null ? 0 : 1;
        }

        return held;
    }

    private void ReportHolders(long now)
    {
        foreach (var thread in threads.All)
        {
            if (thread.HeldSince(now) <= now - Late)
            {
                thread.Holder?.ReportBlockedPoolThread(isCertain: true);
            }
        }
    }

    // Work that continues after an await is in no thread's record.
    private void CountUnexplained(long now)
    {
        if (_isUnexplained && 2 * CountHeld(now) < pool.ThreadCount)
        {
            _findings = _findings with { TimesUnexplained = _findings.TimesUnexplained + 1 };
        }

        _isUnexplained = false;
    }

    private void MeasureQueue(long now)
    {
        if (_isQueued || now - _measuredAt < LongInterval)
        {
            return;
        }

        if (_queuedAt != 0)
        {
            _findings = _findings with { Probes = _findings.Probes + 1, Delay = _queueDelay };
        }

        _measuredAt = now;
        _queuedAt = time.GetTimestamp();
        _isQueued = true;
        pool.Queue(this);
    }

    private void SetTimer(long delay)
    {
        _dueAt = Now() + delay;
        if (_timer is null)
        {
            using (ExecutionContext.SuppressFlow())
            {
                _timer = time.CreateTimer(
                    static watch => ((PoolWatch)watch!).CheckFromTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        _timer.Change(TimeSpan.FromMilliseconds(delay), Timeout.InfiniteTimeSpan);
    }

    private long Now() => (long)time.GetElapsedTime(0).TotalMilliseconds;
}
