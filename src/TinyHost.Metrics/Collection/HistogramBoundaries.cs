// Owns: the upper bounds of a histogram's buckets where its instrument gives none, and making given ones fit.
// Does not own: counting (HistogramSeries).
// Sources: OpenTelemetry semantic conventions, HTTP metrics (seconds); OpenTelemetry SDK, Explicit Bucket Histogram (general).

namespace TinyHost.Metrics;

internal static class HistogramBoundaries
{
    /// <summary>The bounds to use: those advised, else the defaults for the unit. Sorted, each once, finite; the bucket <c>+Inf</c> is implied.</summary>
    internal static double[] For(IEnumerable<double>? advised, string? unit) =>
        advised is null ? (unit == "s" ? s_seconds : s_general) : [.. advised.Where(double.IsFinite).Distinct().Order()];

    private static readonly double[] s_seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] s_general = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];
}
