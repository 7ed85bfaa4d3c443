// Owns: how long a scrape may take, by what Prometheus says of its own patience.
// Does not own: what is done when it is over (Scraper).
// Source: Prometheus, scrape requests: X-Prometheus-Scrape-Timeout-Seconds, "10" or, in older ones, "10.000000".

using System.Globalization;

namespace TinyHost.Metrics;

internal static class ScrapeTimeout
{
    internal const string FieldName = "X-Prometheus-Scrape-Timeout-Seconds";

    /// <summary>How long the scrape may take: a little less than the field says, so that the answer arrives in time. Null when it says nothing of use.</summary>
    internal static TimeSpan? Read(string? field) =>
        double.TryParse(field, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= MaxSeconds
            ? TimeSpan.FromSeconds(seconds - Math.Min(0.5, seconds / 10))
            : null;

    private const double MaxSeconds = 86_400;
}
