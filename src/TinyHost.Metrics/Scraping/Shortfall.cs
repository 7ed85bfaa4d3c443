// Owns: saying what an exposition lacks, to whoever would rather have none (MetricsOptions.FailOnError).
// Does not own: what becomes of it then (Scraper, BatchMetrics).

namespace TinyHost.Metrics;

internal static class Shortfall
{
    /// <summary>A line for the families whose callbacks failed or hang, and one for exporters; null when nothing is missing.</summary>
    internal static string? Of(Collected collected, Exported exported)
    {
        if (collected.IsWhole && exported.IsWhole)
        {
            return null;
        }

        var names = string.Join(", ", collected.Failed.Concat(collected.Hanging).Select(family => family.Name).Distinct().Order(StringComparer.Ordinal));
        return (collected.IsWhole ? "" : $"Callbacks of these families failed or have not returned: {names}.\n")
            + (exported.IsWhole ? "" : "An exporter failed, has not returned, or wrote lines that are none of its format; the log says which.\n");
    }
}
