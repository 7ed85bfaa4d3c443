// Owns: finding the bucket of a value.

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace TinyHost.Metrics;

internal static class HistogramBuckets
{
    private const int MaxLinearSearch = 32;

    /// <summary>The index of the first bound that is not below the value (bounds are inclusive), or of the bucket <c>+Inf</c>.</summary>
    internal static int IndexOf(double value, double[] boundaries)
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
}
