// Owns: the one timer of a server: a coarse clock for deadlines, the Date field, and the once-a-second sweep.
// Does not own: the deadlines it lets be swept.

namespace TinyHost;

/// <summary>Ticks once a second from <see cref="Start"/> on.</summary>
internal sealed class Heartbeat(TimeProvider time, Action<long> sweep) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly long _origin = time.GetTimestamp();
    private ITimer? _timer;
    private long _now;

    /// <summary>Milliseconds since the heartbeat was made, as of the last tick: reading it costs nothing.</summary>
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
        var now = (long)time.GetElapsedTime(_origin).TotalMilliseconds;
        Volatile.Write(ref _now, now);
        Date.Set(time.GetUtcNow());
        sweep(now);
    }
}
