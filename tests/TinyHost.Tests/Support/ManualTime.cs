// Owns: a clock that only tests advance, with its timers.

namespace TinyHost.Tests.Support;

internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    /// <summary>How far each reading of the time stamp advances it. No timer fires for this.</summary>
    internal TimeSpan PassesWithEachReading { get; set; }

    public override long GetTimestamp() => (_now += PassesWithEachReading).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Advances the clock second by second, and fires each due timer on the caller's thread.</summary>
    internal void Advance(TimeSpan span)
    {
        for (var end = _now + span; _now < end;)
        {
            _now = _now + TimeSpan.FromSeconds(1) < end ? _now + TimeSpan.FromSeconds(1) : end;
            ManualTimer[] due;
            lock (_lock)
            {
                due = [.. _timers.Where(timer => timer.Due <= _now)];
            }

            foreach (var timer in due)
            {
                timer.Fire(_now);
            }
        }
    }

    /// <summary>Advances the clock without firing timers, as if the process were stopped or the machine suspended.</summary>
    internal void Suspend(TimeSpan span) => _now += span;

    internal int TimerCount
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        internal DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._now + dueTime;
                    _period = period;
                    time._timers.Add(this);
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

        internal void Fire(DateTimeOffset now)
        {
            Change(_period > TimeSpan.Zero ? now + _period - time._now : Timeout.InfiniteTimeSpan, _period);
            callback(state);
        }
    }
}
