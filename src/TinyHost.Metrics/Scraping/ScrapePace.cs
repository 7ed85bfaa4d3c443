// Owns: when a scrape that is being written yields to other work, and for how long.

namespace TinyHost.Metrics;

/// <summary>
/// A scrape works in bursts. After each it goes to the end of the thread pool's queue; if the app received requests meanwhile, it pauses
/// first, so that it takes about a hundredth of a processor from them. It pauses neither in the second half of its time nor after five
/// seconds.
/// </summary>
internal sealed class ScrapePace
{
    private static readonly TimeSpan s_burst = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_maxPaced = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _clock;
    private readonly AppTraffic _traffic;
    private readonly ScrapeDeadline _deadline;
    private readonly long _burst;
    private readonly long _pausesUntil;
    private long _burstEnds;
    private int _question;

    /// <summary>Starts the first burst. Throws <see cref="ScrapeEndedException"/> if the deadline has passed.</summary>
    internal ScrapePace(TimeProvider clock, AppTraffic traffic, ScrapeDeadline deadline)
    {
        deadline.ThrowIfPassed();
        (_clock, _traffic, _deadline) = (clock, traffic, deadline);
        var now = clock.GetTimestamp();
        _burst = (long)(s_burst.TotalSeconds * clock.TimestampFrequency);
        _pausesUntil = now + Math.Min((deadline.Time - now) / 2, (long)(s_maxPaced.TotalSeconds * clock.TimestampFrequency));
        _question = traffic.Ask();
        _burstEnds = now + _burst;
    }

    /// <summary>To be awaited between two pieces of work. Throws <see cref="ScrapeEndedException"/> at the deadline.</summary>
    internal Task YieldAsync()
    {
        _deadline.ThrowIfPassed();
        var now = _clock.GetTimestamp();
        return now < _burstEnds ? Task.CompletedTask : EndBurstAsync(now);
    }

    private async Task EndBurstAsync(long now)
    {
        // Asked before the pause: requests during it count for the next burst.
        var question = _traffic.Ask();
        if (now < _pausesUntil && _traffic.HasComeSince(_question))
        {
            await Task.Delay(s_pause, _clock).ConfigureAwait(false);
        }
        else
        {
            await Task.Yield();
        }

        _question = question;
        _burstEnds = _clock.GetTimestamp() + _burst;
    }
}
