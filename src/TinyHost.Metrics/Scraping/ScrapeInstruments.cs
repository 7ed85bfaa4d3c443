// Owns: the metrics about scrapes.

namespace TinyHost.Metrics;

internal sealed class ScrapeInstruments(GuardedMeter meter)
{
    // Values of error.type besides those of ScrapeEndedException and the type names of exceptions.
    internal const string CallbackFailed = "callback_failed";
    internal const string CallbackTimeout = "callback_timeout";
    internal const string ExporterFailed = "exporter_failed";
    internal const string ExporterTimeout = "exporter_timeout";
    internal const string ExporterTooLarge = "exporter_too_large";
    internal const string ExporterInvalid = "exporter_invalid";
    internal const string ExporterCollision = "exporter_collision";
    internal const string TooManyScrapes = "too_many_scrapes";

    private readonly GuardedHistogram _duration = meter.Histogram(
        "tinyhost.metrics.scrape.duration", "s", "Duration of scrapes, from the request until the last byte is handed over for sending.");

    private readonly GuardedCounter _sent = meter.Counter(
        "tinyhost.metrics.scrape.size", "By", "Size of the expositions written, before compression.");

    private readonly GuardedUpDownCounter _active = meter.UpDownCounter(
        "tinyhost.metrics.scrape.active", "{scrape}", "Scrapes in progress.");

    private readonly GuardedCounter _errors = meter.Counter("tinyhost.metrics.scrape.errors", "{error}", "Errors in scrapes, by cause.");

    internal void Begin() => _active.Add(1);

    /// <summary>Records the end of a scrape, with the failure that ended it early, if any.</summary>
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

    internal void CountError(string cause, int count)
    {
        if (count > 0)
        {
            _errors.Add(count, new KeyValuePair<string, object?>("error.type", cause));
        }
    }
}
