// Owns: the upper bounds of a histogram's buckets where its instrument gives none, and making given ones fit; finding the bucket of a value.
// Does not own: counting (HistogramCell).
// Sources: OpenTelemetry semantic conventions, HTTP metrics (seconds); OpenTelemetry SDK, Explicit Bucket Histogram (general).

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace TinyHost.Metrics;

internal static class HistogramBoundaries
{
    /// <summary>The bounds to use: those advised, else the defaults for the unit. Sorted, each once, finite; the bucket <c>+Inf</c> is implied.</summary>
    internal static double[] For(IReadOnlyCollection<double>? advised, string? unit) =>
        advised is null ? (unit == "s" ? s_seconds : s_general) : Fit(advised);

    private static double[] Fit(IReadOnlyCollection<double> advised)
    {
        var bounds = new double[advised.Count];
        var count = 0;
        var fit = true;
        foreach (var bound in advised)
        {
            fit &= double.IsFinite(bound) && (count == 0 || bound > bounds[count - 1]);
            bounds[count++] = bound;
        }

        return fit ? bounds : InOrder(bounds);
    }

    // By itself, so that compiling who calls it does not load LINQ: bounds are in order nearly always.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double[] InOrder(double[] bounds) => [.. bounds.Where(double.IsFinite).Distinct().Order()];

    /// <summary>The bucket of a value: the first bound that is not below it (bounds are inclusive, <c>le</c>), or the one behind the last.</summary>
    internal static int BucketOf(double value, double[] boundaries)
    {
        if (boundaries.Length > CountedUpTo)
        {
            var found = Array.BinarySearch(boundaries, value);
            return found < 0 ? ~found : found;
        }

        // Counting those below the value has no branch that depends on it, which a processor could not foresee. Vectors of a fixed size can be
        // compiled ahead of time.
        var values = Vector128.Create(value);
        var below = Vector128<long>.Zero;
        ref var first = ref MemoryMarshal.GetArrayDataReference(boundaries);
        var i = 0;
        for (; i <= boundaries.Length - Vector128<double>.Count; i += Vector128<double>.Count)
        {
            // True is -1.
            below -= Vector128.LessThan(Vector128.LoadUnsafe(ref first, (nuint)i), values).AsInt64();
        }

        var bucket = (int)Vector128.Sum(below);
        for (; i < boundaries.Length; i++)
        {
            bucket += boundaries[i] < value ? 1 : 0;
        }

        return bucket;
    }

    private const int CountedUpTo = 32;

    private static readonly double[] s_seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] s_general = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];
}
