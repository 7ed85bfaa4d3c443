// Owns: a clock that a test advances, with its timers.

namespace TinyHost.Testing;

/// <summary>
/// A clock that stands still until a test advances it. A <see cref="TestServer"/> takes its deadlines, its one-second heartbeat and its
/// dates from it. Callable from any thread.
/// </summary>
public sealed class ManualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now;

    /// <summary>A clock that stands at 2026-01-01, 00:00 UTC.</summary>
    public ManualClock()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>A clock that stands at <paramref name="start"/>.</summary>
    public ManualClock(DateTimeOffset start) => _now = start.ToUniversalTime();

    /// <summary>Time stamps count ticks of 100 ns.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc />
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Advances the clock. Timers that fall due fire on the caller's thread, in the order of their times, and see the clock at that time.
    /// Throws <see cref="ArgumentOutOfRangeException"/> for a negative span.
    /// </summary>
    public void Advance(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        var end = GetUtcNow() + span;
        while (TakeDue(end) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>The next timer that is due by <paramref name="end"/>, with the clock at its time; null with the clock at the end.</summary>
    private ManualTimer? TakeDue(DateTimeOffset end)
    {
        lock (_lock)
        {
            var next = _timers.MinBy(timer => timer.Due);
            var due = next?.Due <= end;
            var time = due ? next!.Due : end;
            // A callback may have advanced the clock further.
            _now = time > _now ? time : _now;
            if (!due)
            {
                return null;
            }

            next!.Take();
            return next;
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        internal DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    (Due, _period) = (clock._now + dueTime, period);
                    clock._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        /// <summary>Under the lock: the timer waits for its next time, if it has one.</summary>
        internal void Take()
        {
            if (_period > TimeSpan.Zero)
            {
                Due += _period;
            }
            else
            {
                clock._timers.Remove(this);
            }
        }

        internal void Fire() => callback(state);
    }
}
