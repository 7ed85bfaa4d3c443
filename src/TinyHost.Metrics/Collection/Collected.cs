// Owns: what a collection came to.
// Does not own: what a scrape makes of it (Scraper).

namespace TinyHost.Metrics;

/// <summary>The families, and those of them that are left out.</summary>
/// <param name="Families">All families, in order.</param>
/// <param name="Failed">Those whose callbacks threw.</param>
/// <param name="Hanging">Those with a callback that has not returned since an earlier collection.</param>
internal sealed record Collected(MetricFamily[] Families, List<MetricFamily> Failed, List<MetricFamily> Hanging)
{
    internal static Collected Nothing { get; } = new([], [], []);

    /// <summary>The families that are not left out.</summary>
    internal MetricFamily[] Exposed { get; } =
        Failed.Count + Hanging.Count == 0 ? Families : Array.FindAll(Families, family => !Failed.Contains(family) && !Hanging.Contains(family));

    internal bool IsWhole => Failed.Count == 0 && Hanging.Count == 0;
}
