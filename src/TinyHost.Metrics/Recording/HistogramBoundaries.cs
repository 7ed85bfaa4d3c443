// Owns: the upper bounds of a histogram's buckets, and finding the bucket of a value.
// Sources: OpenTelemetry semantic conventions, HTTP metrics (seconds); OpenTelemetry SDK, Explicit Bucket Histogram (general).

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace TinyHost.Metrics;

internal static class HistogramBoundaries
{
    private const int MaxLinearSearch = 32;

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

    /// <summary>The index of the first bound that is not below the value (bounds are inclusive), or of the bucket <c>+Inf</c>.</summary>
    internal static int BucketOf(double value, double[] boundaries)
    {
        if (boundaries.Length > MaxLinearSearch)
        {
            var found = Array.BinarySearch(boundaries, value);
            return found < 0 ? ~found : found;
        }

        // Counting the bounds below the value takes no unpredictable branch. Vectors of fixed size can be compiled ahead of time.
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

    // Not inlined: bounds are nearly always sorted, and then LINQ need not be loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double[] Sort(double[] bounds) => [.. bounds.Where(double.IsFinite).Distinct().Order()];
}
