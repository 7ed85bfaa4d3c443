// Owns: the one timer of a server: a coarse clock for deadlines, the Date field, and a sweep once a second.

namespace TinyHost;

/// <summary>
/// Ticks once a second from <see cref="Start"/> on. Each tick sets the clock; the sweep is skipped while an earlier one is still running.
/// Exceptions are logged and do not stop the ticks.
/// </summary>
internal sealed class Heartbeat(TimeProvider time, Action<long> sweep, ObserverGuard guard) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly long _origin = time.GetTimestamp();
    private readonly Lock _clock = new();
    private ITimer? _timer;
    private long _now;
    private long _sweptAt;
    private int _isSweeping;
    private TaskCompletionSource? _awaited;

    /// <summary>Milliseconds since the heartbeat was created, as of the last tick. Never decreases.</summary>
    internal long Now => Volatile.Read(ref _now);

    /// <summary>
    /// How many milliseconds ago the last sweep ended, by the clock itself. About a second at most while the heartbeat lives.
    /// </summary>
    internal long SinceSwept => (long)time.GetElapsedTime(_origin).TotalMilliseconds - Volatile.Read(in _sweptAt);

    /// <summary>The Date field of a response sent now.</summary>
    internal DateField Date { get; } = new(time.GetUtcNow());

    internal void Start()
    {
        Tick();
        // Sweeps must not run in the caller's execution context.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((Heartbeat)state!).Tick(), this, s_interval, s_interval);
        }
    }

    public void Dispose() => _timer?.Dispose();

    /// <summary>Ends with the next sweep.</summary>
    internal Task NextSweepAsync()
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _awaited, mine, null) ?? mine).Task;
    }

    private void Tick()
    {
        try
        {
            SetClock();
            if (Interlocked.Exchange(ref _isSweeping, 1) == 0)
            {
                Sweep();
            }
        }
#pragma warning disable CA1031 // An exception that leaves a timer's callback ends the process.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed("A tick of the heartbeat", failure);
        }
    }

    private void SetClock()
    {
        // The time is read under the lock, so that overlapping ticks set it in order.
        lock (_clock)
        {
            var now = (long)time.GetElapsedTime(_origin).TotalMilliseconds;
            if (now > _now)
            {
                Volatile.Write(ref _now, now);
            }

            Date.Set(time.GetUtcNow());
        }
    }

    private void Sweep()
    {
        try
        {
            sweep(Now);
            Volatile.Write(ref _sweptAt, Now);
            Interlocked.Exchange(ref _awaited, null)?.SetResult();
        }
        finally
        {
            Volatile.Write(ref _isSweeping, 0);
        }
    }
}
