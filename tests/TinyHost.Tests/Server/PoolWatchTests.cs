using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PoolWatchTests
{
    private const int Most = 50;

    private readonly FakePool _pool = new();
    private readonly HandTime _time = new();
    private readonly PoolThreads _threads = new();
    private readonly PoolWatch _watch;

    public PoolWatchTests() => _watch = new PoolWatch(_pool, _time, _threads);

    [Fact]
    public void Handlers_that_hold_every_thread_raise_the_minimum()
    {
        using var member = _watch.Join(Most);
        var (first, second) = (Thread(), Thread());
        first.Begin(new Holder());
        second.Begin(new Holder());
        _pool.Pending = 5;
        Check(times: 3);
        Assert.Equal(52, _pool.Min);
    }

    [Fact]
    public void Handlers_that_leave_a_thread_free_do_not_raise_the_minimum()
    {
        using var member = _watch.Join(Most);
        _pool.Threads = 4;
        Thread().Begin(new Holder());
        Thread().Begin(new Holder());
        _pool.Pending = 5;
        for (var i = 0; i < 20; i++)
        {
            Check();
            _pool.RunQueued();
        }

        Assert.Equal(2, _pool.Min);
    }

    [Fact]
    public void A_late_check_detects_a_blocked_pool()
    {
        using var member = _watch.Join(Most);
        _pool.Pending = 1;
        Check(late: 99);
        Assert.Equal(2, _pool.Min);
        Check(late: 500);
        Assert.Equal(52, _pool.Min);
    }

    [Fact]
    public void A_thread_that_begins_a_handler_detects_a_late_timer()
    {
        using var member = _watch.Join(Most);
        Check();
        _pool.Pending = 1;
        _time.Now += 1_099;
        CheckFrom(Thread());
        Assert.Equal(2, _pool.Min);
        _time.Now += 1;
        CheckFrom(Thread());
        Assert.Equal(52, _pool.Min);
    }

    [Fact]
    public void A_heartbeat_detects_a_late_timer_and_resets_it()
    {
        using var member = _watch.Join(Most);
        Check();
        _pool.Pending = 1;
        _time.Now += 1_600;
        _watch.CheckFromHeartbeat();
        Assert.Equal(52, _pool.Min);
        Assert.Equal(100, _time.Due);
    }

    [Fact]
    public void A_new_thread_checks_before_the_first_timer_tick()
    {
        using var member = _watch.Join(Most);
        Assert.NotEqual(0, Thread().ChecksSeen);
    }

    [Fact]
    public void A_thread_outside_the_pool_does_not_check()
    {
        using var member = _watch.Join(Most);
        Check();
        _pool.Pending = 1;
        _time.Now += 5_000;
        CheckFrom(_threads.Add(new PoolThread(isOfPool: false)));
        Assert.Equal(2, _pool.Min);
    }

    [Fact]
    public void A_handler_that_holds_the_last_thread_shortens_the_timer()
    {
        using var member = _watch.Join(Most);
        Check();
        Assert.Equal(1_000, _time.Due);
        Thread().Begin(new Holder());
        var last = Thread();
        last.Begin(new Holder());
        CheckFrom(last);
        Assert.Equal(100, _time.Due);
    }

    [Fact]
    public void A_waiting_queue_item_reveals_a_blocked_pool()
    {
        using var member = _watch.Join(Most);
        _pool.Pending = 1;
        Check();
        Assert.Equal(2, _pool.Min);
        Check();
        Assert.Equal(52, _pool.Min);
    }

    [Fact]
    public void Busy_processors_do_not_raise_the_minimum()
    {
        using var member = _watch.Join(Most);
        _pool.Pending = 1;
        _pool.Used += TimeSpan.FromMilliseconds(1_400);
        Check(late: 500);
        Assert.Equal(2, _pool.Min);
    }

    [Fact]
    public void An_empty_queue_does_not_raise_the_minimum()
    {
        using var member = _watch.Join(Most);
        Check(late: 30_000);
        Assert.Equal(2, _pool.Min);
    }

    [Fact]
    public void The_minimum_stays_within_the_pools_maximum()
    {
        using var member = _watch.Join(Most);
        _pool.Max = 8;
        _pool.Pending = 1;
        Check(late: 500);
        Assert.Equal(8, _pool.Min);
    }

    [Fact]
    public void Zero_leaves_the_pool_alone()
    {
        using var member = _watch.Join(0);
        _pool.Pending = 1;
        Check(late: 500);
        Assert.Equal(2, _pool.Min);
    }

    [Fact]
    public void The_minimum_falls_with_demand_and_returns_to_its_initial_value()
    {
        using var member = _watch.Join(Most);
        _pool.Pending = 1;
        Check(late: 500);
        Assert.Equal(52, _pool.Min);

        // The added threads are enough.
        _pool.Pending = 0;
        _pool.Threads = 12;
        var threads = Enumerable.Range(0, 10).Select(_ => Thread()).ToList();
        var handlers = threads.ConvertAll(thread => thread.Begin(new Holder()));
        Check(times: 3);
        Assert.Equal(14, _pool.Min);

        // Four handlers return now, the rest much later.
        handlers.Take(4).ToList().ForEach(handler => handler.Dispose());
        CheckFor(5_000);
        Assert.Equal(8, _pool.Min);
        handlers.ForEach(handler => handler.Dispose());
        Check();
        Assert.Equal(2, _pool.Min);
    }

    [Fact]
    public void A_minimum_set_by_the_program_meanwhile_stays()
    {
        using var member = _watch.Join(Most);
        _pool.Pending = 1;
        Check(late: 500);
        _pool.Pending = 0;
        _pool.Min = 20;
        CheckFor(10_000);
        Assert.Equal(20, _pool.Min);

        _pool.Pending = 1;
        Check(late: 500);
        Assert.Equal(52, _pool.Min);
        _pool.Pending = 0;
        CheckFor(10_000);
        Assert.Equal(20, _pool.Min);
    }

    [Fact]
    public void A_minimum_above_the_limit_is_not_lowered()
    {
        _pool.Min = 200;
        using var member = _watch.Join(Most);
        _pool.Pending = 1;
        Check(late: 500);
        CheckFor(10_000);
        Assert.Equal(200, _pool.Min);
    }

    [Fact]
    public void Servers_share_the_watch_and_the_last_to_leave_restores_the_minimum()
    {
        using var small = _watch.Join(10);
        var large = _watch.Join(Most);
        _pool.Pending = 1;
        Check(late: 500);
        Assert.Equal(52, _pool.Min);
        large.Dispose();
        Assert.Equal(52, _pool.Min);
        small.Dispose();
        Assert.Equal(2, _pool.Min);
        Assert.False(_time.HasTimer);

        using var again = _watch.Join(10);
        Check(late: 500);
        Assert.Equal(12, _pool.Min);
    }

    [Fact]
    public void A_blocking_handler_is_reported_and_a_new_handler_is_not()
    {
        using var member = _watch.Join(Most);
        var (blocking, fresh, passing) = (new Holder(), new Holder(), new Holder());
        var (first, second) = (Thread(), Thread());
        first.Begin(blocking);
        var passed = second.Begin(passing);
        _pool.Pending = 1;
        Check(late: 500);
        passed.Dispose();
        second.Begin(fresh);
        Check();
        Assert.Equal((true, null, null), (blocking.IsCertain, passing.IsCertain, fresh.IsCertain));
        _pool.Pending = 0;
        _pool.RunQueued();
        Check(times: 5);
        Assert.Equal(0, _watch.CheckFromHeartbeat().TimesUnexplained);
    }

    [Fact]
    public void A_handler_that_holds_its_thread_while_others_are_free_is_not_reported()
    {
        using var member = _watch.Join(Most);
        var holder = new Holder();
        _pool.Threads = 8;
        Thread().Begin(holder);
        CheckFor(10_000);
        Assert.Null(holder.IsCertain);
    }

    [Fact]
    public void A_pool_blocked_by_no_known_handler_counts_as_unexplained()
    {
        using var member = _watch.Join(Most);
        Check();
        var thread = Thread();
        var handler = thread.Begin(new Holder());
        _pool.Pending = 1;
        _time.Now += 1_500;
        // A new handler on the only thread that the pool added does not explain the shortage.
        CheckFrom(thread);
        handler.Dispose();
        Assert.Equal(52, _pool.Min);
        _pool.Pending = 0;
        _pool.RunQueued();
        Check(times: 5);
        Assert.Equal(1, _watch.CheckFromHeartbeat().TimesUnexplained);
    }

    [Fact]
    public void The_wait_in_the_queue_is_measured_once_a_second()
    {
        using var member = _watch.Join(0);
        _pool.Pending = 1;
        Check();
        _time.Now += 40;
        _pool.RunQueued();
        Check();
        Assert.Equal((1, TimeSpan.FromMilliseconds(40)), (_watch.CheckFromHeartbeat().Probes, _watch.CheckFromHeartbeat().Delay));
        Check(times: 3);
        Assert.Equal(1, _watch.CheckFromHeartbeat().Probes);
        _pool.RunQueued();
        Check();
        Assert.Equal((2, TimeSpan.FromMilliseconds(3_000)), (_watch.CheckFromHeartbeat().Probes, _watch.CheckFromHeartbeat().Delay));
    }

    [Fact]
    public void A_nested_handler_returns_the_thread_to_the_outer_handler()
    {
        var (outer, inner) = (new Holder(), new Holder());
        var thread = Thread();
        using (thread.Begin(outer))
        {
            using (thread.Begin(inner))
            {
                Assert.Same(inner, thread.Holder);
            }

            Assert.Same(outer, thread.Holder);
        }

        Assert.Null(thread.Holder);
    }

    [Fact]
    public async Task Each_blocking_route_is_logged_once()
    {
        var log = new RecordingLogger();
        var threads = new BlockedThreads(log);
        var routes = new Routes().Get("/a", context =>
        {
            threads.Report(context, "GET", isOfPool: true, isCertain: true);
            threads.Report(context, "GET", isOfPool: true, isCertain: false);
            threads.Report(context, "POST", isOfPool: true, isCertain: false);
            threads.Report(context, null, isOfPool: true, isCertain: true);
            return Task.CompletedTask;
        });
        await MemoryServer.ExchangeAsync("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", routes.HandleAsync);
        threads.LogReported();
        threads.LogReported();
        Assert.Equal(2, log.Entries.Count);
        Assert.StartsWith("The handler of GET /a has blocked a thread of the pool", log.Entries[0].Message, StringComparison.Ordinal);
        Assert.Contains("The handler of POST /a was running meanwhile", log.Entries[1].Message, StringComparison.Ordinal);
    }

    private PoolThread Thread() => _threads.Add(new PoolThread(isOfPool: true));

    /// <summary>Checks from the thread, as at the beginning of a handler.</summary>
    private void CheckFrom(PoolThread thread) => thread.CheckIfDue(_threads.Checks, _watch);

    /// <summary>Fires the timer of the watch when due, or <paramref name="late"/> milliseconds later.</summary>
    private void Check(int times = 1, long late = 0)
    {
        for (; times > 0; times--)
        {
            _time.Fire(late);
        }
    }

    private void CheckFor(long milliseconds)
    {
        for (var end = _time.Now + milliseconds; _time.Now < end;)
        {
            _pool.RunQueuedIfIdle();
            Check();
        }
    }

    private sealed class Holder : IThreadHolder
    {
        internal bool? IsCertain { get; private set; }

        public void ReportBlockedPoolThread(bool isCertain) => IsCertain = isCertain;
    }

    private sealed class FakePool : WorkerPool
    {
        private IThreadPoolWorkItem? _queued;

        internal int Threads { get; set; } = 2;

        internal long Pending { get; set; }

        internal int Min { get; set; } = 2;

        internal int Max { get; set; } = 1_000;

        internal TimeSpan Used { get; set; }

        internal override int ThreadCount => Threads;

        internal override long PendingCount => Pending;

        internal override int MinThreads => Min;

        internal override int MaxThreads => Max;

        internal override TimeSpan ProcessorTime => Used;

        internal override bool TrySetMinThreads(int count)
        {
            Assert.InRange(count, 1, Max);
            Min = count;
            return true;
        }

        internal override void Queue(IThreadPoolWorkItem item)
        {
            Assert.Null(_queued);
            _queued = item;
            RunQueuedIfIdle();
        }

        internal void RunQueued()
        {
            var item = _queued;
            _queued = null;
            item?.Execute();
        }

        internal void RunQueuedIfIdle()
        {
            if (Pending == 0)
            {
                RunQueued();
            }
        }
    }

    /// <summary>A clock with one timer, fired by the test, late if required.</summary>
    private sealed class HandTime : TimeProvider
    {
        private HandTimer? _timer;

        internal long Now { get; set; } = 1_000_000;

        internal long Due => _timer!.Due;

        internal bool HasTimer => _timer is not null;

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _timer = new HandTimer(this, () => callback(state));

        internal void Fire(long late)
        {
            Now = _timer!.DueAt + late;
            _timer.Callback();
        }

        private sealed class HandTimer(HandTime time, Action callback) : ITimer
        {
            internal Action Callback => callback;

            internal long Due { get; private set; }

            internal long DueAt { get; private set; }

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Assert.Equal(Timeout.InfiniteTimeSpan, period);
                (Due, DueAt) = ((long)dueTime.TotalMilliseconds, time.Now + (long)dueTime.TotalMilliseconds);
                return true;
            }

            public void Dispose() => time._timer = null;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}
