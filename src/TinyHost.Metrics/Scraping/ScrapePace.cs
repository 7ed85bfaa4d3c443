// Owns: when a scrape lets other work have its turn, and for how long.
// Does not own: the work of the scrape (ExpositionSender).

using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace TinyHost.Metrics;

/// <summary>
/// A scrape works in bursts. After one it goes to the end of the thread pool's queue; where the app had requests meanwhile, it pauses first, so that
/// it takes no more than about a hundredth of a processor from them. In the second half of its time it does not pause. Serves one scrape after the other.
/// </summary>
internal sealed class ScrapePace : IValueTaskSource, IDisposable
{
    private readonly TimeProvider _clock;
    private readonly AppTraffic _traffic;
    private readonly ITimer _timer;
    private readonly long _burst;
    private ManualResetValueTaskSourceCore<bool> _pause;
    private ScrapeDeadline _deadline;
    private long _pausesUntil;
    private long _burstEnds;
    private int _question;

    internal ScrapePace(TimeProvider clock, AppTraffic traffic)
    {
        _clock = clock;
        _traffic = traffic;
        _burst = (long)(s_burst.TotalSeconds * clock.TimestampFrequency);
        _timer = clock.CreateTimer(static pace => ((ScrapePace)pace!)._pause.SetResult(true), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A scrape begins to write. Throws <see cref="ScrapeEndedException"/> when its deadline has passed.</summary>
    internal void Begin(ScrapeDeadline deadline)
    {
        deadline.ThrowIfOver(_clock);
        var now = _clock.GetTimestamp();
        _deadline = deadline;
        _pausesUntil = now + Math.Min((deadline.Time - now) / 2, (long)(s_longestPaced.TotalSeconds * _clock.TimestampFrequency));
        _question = _traffic.Ask();
        _burstEnds = now + _burst;
    }

    /// <summary>To be awaited between two pieces of work. Throws <see cref="ScrapeEndedException"/> at the deadline.</summary>
    internal ValueTask LetOthersAsync()
    {
        _deadline.ThrowIfOver(_clock);
        var now = _clock.GetTimestamp();
        return now < _burstEnds ? default : EndBurstAsync(now);
    }

    public void Dispose() => _timer.Dispose();

    void IValueTaskSource.GetResult(short token) => _pause.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _pause.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _pause.OnCompleted(continuation, state, token, flags);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask EndBurstAsync(long now)
    {
        // From here on: what comes during the pause counts, too.
        var question = _traffic.Ask();
        if (now < _pausesUntil && _traffic.CameSince(_question))
        {
            _pause.Reset();
            _timer.Change(s_pause, Timeout.InfiniteTimeSpan);
            await new ValueTask(this, _pause.Version).ConfigureAwait(false);
        }
        else
        {
            await Task.Yield();
        }

        _question = question;
        _burstEnds = _clock.GetTimestamp() + _burst;
    }

    private static readonly TimeSpan s_burst = TimeSpan.FromMicroseconds(50);

    // Measured on two processors under full load: with 1 ms the slowest hundredth of the app's requests still felt a scrape, with 5 ms it did not.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_longestPaced = TimeSpan.FromSeconds(5);
}
