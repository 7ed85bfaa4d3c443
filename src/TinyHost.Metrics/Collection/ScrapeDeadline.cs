// Owns: when a scrape is over.
// Does not own: what a scraper says of it (ScrapeTimeout), nor what becomes of a scrape whose time is over (Scraper).

namespace TinyHost.Metrics;

/// <summary>The end of one scrape's time.</summary>
/// <param name="Time">A time of the clock; <see cref="long.MaxValue"/> for a scrape without an end.</param>
internal readonly record struct ScrapeDeadline(long Time)
{
    internal static ScrapeDeadline None => new(long.MaxValue);

    /// <summary>The deadline of a scrape that begins now and may take so long; null for no limit.</summary>
    internal static ScrapeDeadline In(TimeSpan? limit, TimeProvider clock) =>
        limit is { } length ? new(clock.GetTimestamp() + (long)(length.TotalSeconds * clock.TimestampFrequency)) : None;

    /// <summary>How long a wait of this length may be, by what is left; zero when nothing is.</summary>
    internal TimeSpan AtMost(TimeSpan wait, TimeProvider clock)
    {
        if (Time == long.MaxValue)
        {
            return wait;
        }

        var left = clock.GetElapsedTime(clock.GetTimestamp(), Time);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < wait ? left : wait;
    }

    /// <summary>Throws <see cref="ScrapeEndedException"/> when it has passed.</summary>
    internal void ThrowIfOver(TimeProvider clock)
    {
        if (clock.GetTimestamp() >= Time)
        {
            throw new ScrapeEndedException(ScrapeInstruments.ScrapeTimeout, "The scrape is not complete, and its time is over.");
        }
    }
}
