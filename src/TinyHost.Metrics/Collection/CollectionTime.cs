// Owns: how long a scrape may take, and how long a callback or an exporter in it.
// Does not own: what a scraper says of it (ScrapeTimeout), nor what becomes of a scrape whose time is over (Scraper).

namespace TinyHost.Metrics;

/// <summary>The time of one scrape.</summary>
/// <param name="Patience">How long a callback or an exporter may take before the scrape goes on without it.</param>
/// <param name="Deadline">The time of the clock at which the scrape is over.</param>
internal readonly record struct CollectionTime(TimeSpan Patience, long Deadline)
{
    /// <summary>The time of a scrape that began now and may take so long; null for no limit.</summary>
    internal static CollectionTime Of(TimeSpan? limit, TimeSpan callbackTimeout, TimeProvider clock)
    {
        if (limit is not { } length)
        {
            return new CollectionTime(callbackTimeout, long.MaxValue);
        }

        // Half of the time leaves the other half to go on without a callback that hangs.
        TimeSpan half = length / 2 > s_leastPatience ? length / 2 : s_leastPatience;
        return new CollectionTime(Lesser(half, callbackTimeout), clock.GetTimestamp() + (long)(length.TotalSeconds * clock.TimestampFrequency));
    }

    /// <summary>How long a wait of this length may be for all that is left of the scrape.</summary>
    internal TimeSpan AtMost(TimeSpan wait, TimeProvider clock) =>
        Deadline == long.MaxValue ? wait : Lesser(wait, clock.GetElapsedTime(clock.GetTimestamp(), Deadline));

    /// <summary>Throws <see cref="ScrapeEndedException"/> at the deadline.</summary>
    internal void ThrowIfOver(TimeProvider clock)
    {
        if (clock.GetTimestamp() >= Deadline)
        {
            throw new ScrapeEndedException(ScrapeInstruments.ScrapeTimeout, "The scrape is not complete, and its time is over.");
        }
    }

    private static TimeSpan Lesser(TimeSpan one, TimeSpan other) => one < other ? one : other;

    // A scraper in a hurry fails alone: were a callback that is merely slow taken for one that hangs, others would miss its family, too.
    private static readonly TimeSpan s_leastPatience = TimeSpan.FromMilliseconds(500);
}
