// Owns: the series that tell of scrapes.
// Does not own: timing or counting one (Scraper).

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

internal sealed class ScrapeInstruments(Meter meter)
{
    private readonly Histogram<double> _duration = meter.CreateHistogram<double>(
        "tinyhost.metrics.scrape.duration", "s", "Duration of scrapes, from the request to the last octet handed over for sending.");

    private readonly Counter<long> _sent = meter.CreateCounter<long>(
        "tinyhost.metrics.scrape.size", "By", "Size of the expositions written.");

    /// <summary>A scrape ended; <paramref name="failure"/> is why, when it did not get to its end.</summary>
    internal void Record(TimeSpan duration, long size, Exception? failure)
    {
        if (failure is null)
        {
            _duration.Record(duration.TotalSeconds);
        }
        else
        {
            _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("error.type", failure.GetType().FullName));
        }

        _sent.Add(size);
    }
}
