// Owns: that a scrape came to an end before its exposition did, through no fault of what was collected.
// Does not own: what the scraper is told (Scraper).

namespace TinyHost.Metrics;

/// <summary>Ends a scrape.</summary>
/// <param name="cause">As the errors of scrapes have it: one of <see cref="ScrapeInstruments"/>.</param>
/// <param name="message">The same as a sentence.</param>
internal sealed class ScrapeEndedException(string cause, string message) : TimeoutException(message)
{
    internal string Cause => cause;
}
