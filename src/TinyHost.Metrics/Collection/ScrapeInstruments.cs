// Owns: the series that tell of scrapes.
// Does not own: timing or counting one (Scraper).

namespace TinyHost.Metrics;

internal sealed class ScrapeInstruments(GuardedMeter meter)
{
    /// <summary>Causes of errors besides exceptions, which are told by their type.</summary>
    internal const string ScrapeTimeout = "scrape_timeout";
    internal const string ScraperStalled = "scraper_stalled";
    internal const string CallbackFailed = "callback_failed";
    internal const string CallbackTimeout = "callback_timeout";
    internal const string ExporterFailed = "exporter_failed";
    internal const string ExporterTimeout = "exporter_timeout";
    internal const string ExporterInvalid = "exporter_invalid";
    internal const string ExporterCollision = "exporter_collision";
    internal const string TooManyScrapes = "too_many_scrapes";

    private readonly GuardedHistogram _duration = meter.Histogram(
        "tinyhost.metrics.scrape.duration", "s", "Duration of scrapes, from the request to the last octet handed over for sending.");

    private readonly GuardedCounter _sent = meter.Counter("tinyhost.metrics.scrape.size", "By", "Size of the expositions written, before compression.");

    private readonly GuardedUpDownCounter _active = meter.UpDownCounter("tinyhost.metrics.scrape.active", "{scrape}", "Scrapes being answered.");

    private readonly GuardedCounter _errors = meter.Counter("tinyhost.metrics.scrape.errors", "{error}", "What went wrong in scrapes, by cause.");

    internal void Begin() => _active.Add(1);

    /// <summary>A scrape ended; <paramref name="failure"/> is why, when it did not get to its end.</summary>
    internal void End(TimeSpan duration, long size, Exception? failure)
    {
        _active.Add(-1);
        _sent.Add(size);
        if (failure is null)
        {
            _duration.Record(duration.TotalSeconds);
            return;
        }

        var cause = failure is ScrapeEndedException ended ? ended.Cause : failure.GetType().FullName!;
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("error.type", cause));
        CountError(cause, 1);
    }

    /// <summary>So many errors of one cause.</summary>
    internal void CountError(string cause, int count)
    {
        if (count > 0)
        {
            _errors.Add(count, new KeyValuePair<string, object?>("error.type", cause));
        }
    }
}
