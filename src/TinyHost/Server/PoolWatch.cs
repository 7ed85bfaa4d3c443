// Owns: noticing that the process' thread pool is held by work that blocks, and having it add threads meanwhile.
// Does not own: setting the pool's minimum (PoolMinimum), or the log of the handlers that block (SocketThreads).

namespace TinyHost;

/// <summary>
/// A pool whose threads are all blocked adds a thread or two a second: fifty handlers that block would keep all other requests waiting for half a minute,
/// scrapes included. So a timer looks at the pool, and where the timer itself comes late, an item waits in the queue, or handlers hold every thread,
/// while the processors are idle, the pool's minimum of threads is raised until that is over. All servers of the process share one watch.
/// </summary>
/// <remarks>
/// Whoever looks needs a thread, too. The pool takes a timer before other work, but of several that are due it takes one, and queues the others: so
/// the servers' heartbeats look as well as the watch's own timer. And a thread that the pool adds looks when it begins its first handler.
/// </remarks>
internal sealed class PoolWatch(WorkerPool pool, TimeProvider time)
{
    // Milliseconds. A pool with a free thread takes far less than the first.
    private const long Late = 100;
    private const long Often = 100;
    private const long Seldom = 1_000;
    private const long Settled = 300;
    private const long Calm = 5_000;
    private const int OftenHeld = 3;

    [ThreadStatic]
    private static PoolThread? t_thread;

    private readonly Lock _lock = new();
    private readonly QueueProbe _probe = new(pool, time);
    private readonly PoolMinimum _minimum = new(pool);
    private readonly ProcessorLoad _load = new(pool);
    private readonly List<PoolThread> _threads = [];
    private readonly List<PoolWatchMember> _members = [];
    private ITimer? _timer;
    private int _looks;
    private int _mostBlocked;
    private long _dueAt;
    private long _probedAt;
    private long _heldAt;
    private int _timesHeld;
    // When threads were last missing.
    private long _missedAt = long.MinValue / 2;
    private PoolFindings _findings;
    private bool _isProbeUnread;
    private bool _isUnexplained;

    /// <summary>The watch over the process' pool.</summary>
    internal static PoolWatch Shared { get; } = new(new RuntimePool(), TimeProvider.System);

    /// <summary>
    /// This thread begins to run a handler. When that has returned or awaits, <see cref="PoolThread.End"/> must follow on the same thread.
    /// </summary>
    /// <param name="holder">Whose handler it is.</param>
    /// <param name="around">The handler around this one, if there is one.</param>
    internal static PoolThread BeginHandler(IThreadHolder holder, out IThreadHolder? around)
    {
        var thread = t_thread ?? AddThread();
        around = thread.Begin(holder);
        if (thread.LooksSeen != Volatile.Read(ref Shared._looks))
        {
            Shared.LookFrom(thread);
        }

        return thread;
    }

    private static PoolThread AddThread() => t_thread = Shared.Add(new PoolThread());

    /// <summary>A server has started. It leaves by disposing of the member.</summary>
    /// <param name="mostBlocked">How many threads may be blocked, with others being added; 0 for none. The largest of all servers counts.</param>
    internal PoolWatchMember Join(int mostBlocked)
    {
        lock (_lock)
        {
            var member = new PoolWatchMember(this, mostBlocked, _findings);
            _members.Add(member);
            _mostBlocked = Math.Max(_mostBlocked, mostBlocked);
            if (_members.Count == 1)
            {
                _load.Begin(Now());
                LookIn(Seldom);
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
                _minimum.Lower(held: 0);
            }

            if (_members.Count == 0)
            {
                _timer!.Dispose();
                _timer = null;
            }
        }
    }

    /// <summary>For a server's heartbeat: looks, and returns what was found so far.</summary>
    internal PoolFindings Tick()
    {
        lock (_lock)
        {
            LookBetween(ownThreads: 1);
            return _findings;
        }
    }

    /// <summary>Adds a thread that begins its first handler.</summary>
    internal PoolThread Add(PoolThread thread)
    {
        if (thread.IsOfPool)
        {
            lock (_lock)
            {
                _threads.RemoveAll(static other => !other.IsAlive);
                _threads.Add(thread);
            }
        }

        return thread;
    }

    /// <summary>A thread begins its first handler since the last look of the timer.</summary>
    internal void LookFrom(PoolThread thread)
    {
        thread.LooksSeen = Volatile.Read(ref _looks);
        // Whoever looks now sees what this thread would see.
        if (!thread.IsOfPool || !_lock.TryEnter())
        {
            return;
        }

        try
        {
            LookBetween(ownThreads: 0);
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            if (_timer is null)
            {
                return;
            }

            Interlocked.Increment(ref _looks);
            var now = Now();
            var isSuspect = Look(now, ownThreads: 1);
            if (now - _missedAt < Seldom)
            {
                NoteBlocking(now);
            }

            if (now - _missedAt >= Settled)
            {
                // What is there now was enough.
                _minimum.Lower(pool.ThreadCount);
                Explain(now);
            }

            if (now - _missedAt >= Calm)
            {
                _minimum.Lower(CountHeld(now));
            }

            _load.Begin(now);
            Probe(now);
            LookIn(isSuspect || now - _missedAt < Seldom ? Often : Seldom);
        }
    }

    private void LookBetween(int ownThreads)
    {
        var now = Now();
        // A timer that is late waits in the queue: set anew, it may be the one that the pool takes.
        if (Look(now, ownThreads) && Math.Abs(_dueAt - now) >= Often)
        {
            LookIn(Often);
        }
    }

    /// <summary>True when threads may be missing: a reason to look again soon.</summary>
    private bool Look(long now, int ownThreads)
    {
        if (_mostBlocked == 0)
        {
            return false;
        }

        var isLate = now - _dueAt >= Late || (_probe.IsQueued && _probe.Waiting.TotalMilliseconds >= Late);
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

        if ((isLate || _timesHeld >= OftenHeld) && pool.PendingCount > 0 && _load.IsLow(now))
        {
            _isUnexplained |= now - _missedAt >= Seldom;
            _missedAt = now;
            _minimum.Raise(_mostBlocked + 2);
        }

        return isLate || isHeld;
    }

    private void Probe(long now)
    {
        if (_probe.IsQueued || now - _probedAt < Seldom)
        {
            return;
        }

        if (_isProbeUnread)
        {
            _findings = _findings with { Probes = _findings.Probes + 1, Delay = _probe.Delay };
        }

        _isProbeUnread = true;
        _probedAt = now;
        _probe.Queue();
    }

    private void LookIn(long delay)
    {
        _dueAt = Now() + delay;
        if (_timer is null)
        {
            using (ExecutionContext.SuppressFlow())
            {
                _timer = time.CreateTimer(static watch => ((PoolWatch)watch!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        _timer.Change(TimeSpan.FromMilliseconds(delay), Timeout.InfiniteTimeSpan);
    }

    private int CountHeld(long now)
    {
        var held = 0;
        foreach (var thread in _threads)
        {
            held += thread.HeldSince(now) is null ? 0 : 1;
        }

        return held;
    }

    // What goes on after an await is on no thread's record.
    private void Explain(long now)
    {
        if (_isUnexplained && 2 * CountHeld(now) < pool.ThreadCount)
        {
            _findings = _findings with { TimesHeldUnseen = _findings.TimesHeldUnseen + 1 };
        }

        _isUnexplained = false;
    }

    // Those that still hold a thread after one was missed.
    private void NoteBlocking(long now)
    {
        foreach (var thread in _threads)
        {
            if (thread.HeldSince(now) <= now - Late)
            {
                thread.Holder?.NoteBlocking(isKnown: true);
            }
        }
    }

    private long Now() => (long)time.GetElapsedTime(0).TotalMilliseconds;
}
