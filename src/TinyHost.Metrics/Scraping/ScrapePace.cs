// Owns: when a scrape that is being written yields to other work, and for how long.

namespace TinyHost.Metrics;

/// <summary>
/// A scrape works in bursts. After each it goes to the end of the thread pool's queue; if the app received requests meanwhile, it pauses
/// first, so that it takes about a hundredth of a processor from them. It pauses neither in the second half of its time, nor after five
/// seconds, nor once a pause has shown that the queue alone makes it wait.
/// </summary>
internal sealed class ScrapePace
{
    private static readonly TimeSpan s_burst = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_maxPaced = TimeSpan.FromSeconds(5);

    // Timers are late by a millisecond or two, and by more when the processors are busy.
    private static readonly TimeSpan s_longestPause = 4 * s_pause;

    private readonly TimeProvider _clock;
    private readonly AppTraffic _traffic;
    private readonly ScrapeDeadline _deadline;
    private Bursts _bursts;
    private long _pausesUntil;
    private int _question;

    /// <summary>Starts the first burst. Throws <see cref="ScrapeEndedException"/> if the deadline has passed.</summary>
    internal ScrapePace(TimeProvider clock, AppTraffic traffic, ScrapeDeadline deadline)
    {
        deadline.ThrowIfPassed();
        (_clock, _traffic, _deadline) = (clock, traffic, deadline);
        var now = clock.GetTimestamp();
        _pausesUntil = now + Math.Min((deadline.Time - now) / 2, (long)(s_maxPaced.TotalSeconds * clock.TimestampFrequency));
        _question = traffic.Ask();
        _bursts = new Bursts(clock, s_burst);
        _bursts.Begin();
    }

    /// <summary>To be awaited between two pieces of work. Throws <see cref="ScrapeEndedException"/> at the deadline.</summary>
    internal Task YieldAsync()
    {
        _deadline.ThrowIfPassed();
        return _bursts.IsOver ? EndBurstAsync() : Task.CompletedTask;
    }

    private async Task EndBurstAsync()
    {
        _bursts.End();

        // Asked before the pause: requests during it count for the next burst.
        var question = _traffic.Ask();
        if (_clock.GetTimestamp() < _pausesUntil && _traffic.HasComeSince(_question))
        {
            await Task.Delay(s_pause, _clock).ConfigureAwait(false);
            if (_bursts.BeginAfterPause(s_longestPause))
            {
                _pausesUntil = 0;
            }
        }
        else
        {
            await Task.Yield();
            _bursts.Begin();
        }

        _question = question;
    }
}
