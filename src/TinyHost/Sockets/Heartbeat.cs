// Owns: the one timer of a server: a coarse clock for deadlines, the Date field, and the once-a-second sweep.
// Does not own: the deadlines it lets be swept.

namespace TinyHost;

/// <summary>
/// Ticks once a second from <see cref="Start"/> on. The clock goes on at every tick; a sweep is skipped while an earlier one is still running.
/// Neither ends the heartbeat, whatever it throws.
/// </summary>
internal sealed class Heartbeat(TimeProvider time, Action<long> sweep, ObserverGuard guard) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly long _origin = time.GetTimestamp();
    private readonly Lock _clock = new();
    private ITimer? _timer;
    private long _now;
    private int _sweeping;

    /// <summary>Milliseconds since the heartbeat was made, as of the last tick. It never decreases, and reading it costs nothing.</summary>
    internal long Now => Volatile.Read(ref _now);

    /// <summary>The Date field of a response sent now.</summary>
    internal DateField Date { get; } = new(time.GetUtcNow());

    internal void Start()
    {
        Tick();
        // The timer must not carry the starter's execution context into every sweep.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => ((Heartbeat)state!).Tick(), this, s_interval, s_interval);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Tick()
    {
        try
        {
            SetClock();
            Sweep();
        }
#pragma warning disable CA1031 // An exception that left a timer's callback would end the process.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed("A tick of the heartbeat", failure);
        }
    }

    private void SetClock()
    {
        // The time is read under the lock, so that ticks that overlap set it in order.
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
        if (Interlocked.Exchange(ref _sweeping, 1) != 0)
        {
            return;
        }

        try
        {
            sweep(Now);
        }
        finally
        {
            Volatile.Write(ref _sweeping, 0);
        }
    }
}
