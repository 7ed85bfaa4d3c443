// Owns: a clock that goes on when the clock it was given fails.

namespace TinyHost;

/// <summary>A clock that a program supplies. When it throws, the system's clock takes its place for that call.</summary>
internal sealed class GuardedTime : TimeProvider
{
    private const string Name = "The time provider";

    private readonly TimeProvider _inner;
    private readonly ObserverGuard _guard;
    private long _last;
    private long _lastAt = Environment.TickCount64;

    private GuardedTime(TimeProvider inner, long frequency, ObserverGuard guard)
    {
        _inner = inner;
        _guard = guard;
        TimestampFrequency = frequency;
    }

    public override long TimestampFrequency { get; }

    /// <summary>The clock, guarded; the system's clock for null and for one that cannot tell its frequency.</summary>
    internal static TimeProvider Around(TimeProvider? inner, ObserverGuard guard)
    {
        if (inner is null || inner == System)
        {
            return System;
        }

        try
        {
            var frequency = inner.TimestampFrequency;
            return frequency > 0
                ? new GuardedTime(inner, frequency, guard)
                : throw new InvalidOperationException($"Its frequency is {frequency}, which is not above zero.");
        }
        catch (Exception failure)
        {
            guard.Failed(Name, failure);
            return System;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        try
        {
            return _inner.GetUtcNow();
        }
        catch (Exception failure)
        {
            _guard.Failed(Name, failure);
            return System.GetUtcNow();
        }
    }

    public override long GetTimestamp()
    {
        try
        {
            var now = _inner.GetTimestamp();
            Volatile.Write(ref _last, now);
            Volatile.Write(ref _lastAt, Environment.TickCount64);
            return now;
        }
        catch (Exception failure)
        {
            _guard.Failed(Name, failure);
            var milliseconds = Environment.TickCount64 - Volatile.Read(ref _lastAt);
            return Volatile.Read(ref _last) + (long)(milliseconds / 1_000.0 * TimestampFrequency);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        try
        {
            return new GuardedTimer(
                _inner.CreateTimer(callback, state, dueTime, period) ?? throw new InvalidOperationException("It made no timer."), _guard);
        }
        catch (Exception failure)
        {
            _guard.Failed(Name, failure);
            return System.CreateTimer(callback, state, dueTime, period);
        }
    }

    private sealed class GuardedTimer(ITimer inner, ObserverGuard guard) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            try
            {
                return inner.Change(dueTime, period);
            }
            catch (Exception failure)
            {
                guard.Failed(Name, failure);
                return false;
            }
        }

        public void Dispose() => guard.Run(Name, inner, static inner => inner.Dispose());

        public async ValueTask DisposeAsync()
        {
            try
            {
                await inner.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                guard.Failed(Name, failure);
            }
        }
    }
}
