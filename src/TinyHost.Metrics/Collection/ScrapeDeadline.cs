// Owns: the time limit of one scrape.
// Source: Prometheus, scrape requests: X-Prometheus-Scrape-Timeout-Seconds is "10", or "10.000000" in older versions.

using System.Globalization;

namespace TinyHost.Metrics;

/// <summary>When a scrape must end.</summary>
/// <param name="Clock">The clock.</param>
/// <param name="Time">A timestamp of the clock; <see cref="long.MaxValue"/> for no limit.</param>
internal readonly record struct ScrapeDeadline(TimeProvider Clock, long Time)
{
    internal const string FieldName = "X-Prometheus-Scrape-Timeout-Seconds";

    private const double MaxSeconds = 86_400;

    internal static ScrapeDeadline None => new(TimeProvider.System, long.MaxValue);

    /// <summary>The deadline after half of the time that is left.</summary>
    internal ScrapeDeadline Half => Time == long.MaxValue ? this : this with { Time = Time - ((Time - Clock.GetTimestamp()) / 2) };

    /// <summary>The deadline of a scrape that starts now; no limit for null.</summary>
    internal static ScrapeDeadline After(TimeSpan? limit, TimeProvider clock) =>
        new(clock, limit is { } length ? clock.GetTimestamp() + (long)(length.TotalSeconds * clock.TimestampFrequency) : long.MaxValue);

    /// <summary>
    /// The scraper's timeout, slightly reduced so that the answer still arrives in time. Null if the field is missing or invalid.
    /// </summary>
    internal static TimeSpan? ReadTimeout(string? field) =>
        double.TryParse(field, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds is > 0 and <= MaxSeconds
            ? TimeSpan.FromSeconds(seconds - Math.Min(0.5, seconds / 10))
            : null;

    /// <summary>The wait, or the time left if that is less; never negative.</summary>
    internal TimeSpan Limit(TimeSpan wait)
    {
        if (Time == long.MaxValue)
        {
            return wait;
        }

        var left = Clock.GetElapsedTime(Clock.GetTimestamp(), Time);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < wait ? left : wait;
    }

    /// <summary>Throws <see cref="ScrapeEndedException"/> if the deadline has passed.</summary>
    internal void ThrowIfPassed()
    {
        if (Time != long.MaxValue && Clock.GetTimestamp() >= Time)
        {
            throw new ScrapeEndedException(ScrapeEndedException.Timeout, "The scrape did not complete within the scraper's timeout.");
        }
    }
}

/// <summary>A scrape that ended before its exposition, though the collection did not fail.</summary>
/// <param name="cause">The value of <c>error.type</c> in <c>tinyhost.metrics.scrape.errors</c>.</param>
/// <param name="message">The cause as a sentence.</param>
internal sealed class ScrapeEndedException(string cause, string message) : TimeoutException(message)
{
    internal const string Timeout = "scrape_timeout";
    internal const string Stalled = "scraper_stalled";

    internal string Cause => cause;
}
