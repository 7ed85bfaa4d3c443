// Owns: the upper bounds of a histogram's buckets.
// Sources: OpenTelemetry semantic conventions, HTTP metrics (seconds); OpenTelemetry SDK, Explicit Bucket Histogram (general).

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

internal static class HistogramBoundaries
{
    private static readonly double[] s_seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] s_general = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

    /// <summary>The advised bounds, sorted, finite and distinct, or the defaults for the unit. The bucket <c>+Inf</c> is implied.</summary>
    internal static double[] For(IReadOnlyCollection<double>? advised, string? unit)
    {
        if (advised is null)
        {
            return unit == "s" ? s_seconds : s_general;
        }

        var bounds = new double[advised.Count];
        var count = 0;
        var sorted = true;
        foreach (var bound in advised)
        {
            sorted &= double.IsFinite(bound) && (count == 0 || bound > bounds[count - 1]);
            bounds[count++] = bound;
        }

        return sorted ? bounds : Sort(bounds);
    }

    // Not inlined: bounds are nearly always sorted, and then LINQ need not be loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double[] Sort(double[] bounds) => [.. bounds.Where(double.IsFinite).Distinct().Order()];
}
