// Owns: the bounds of native buckets: the bucket of a value, its bound, and the bucket it becomes in a coarser schema.
// Source: Prometheus, "Native Histograms", Schema: bucket i of schema n holds the values in (2^((i−1)/2^n), 2^(i/2^n)].

namespace TinyHost.Metrics;

internal static class NativeSchema
{
    internal const int Finest = 8;
    internal const int Coarsest = -4;

    private const int SignificandBits = 52;
    private const int Bias = 1_023;
    private const long SignificandMask = (1L << SignificandBits) - 1;
    private const long OneBits = (long)Bias << SignificandBits;
    private const double SubnormalScale = 1L << SignificandBits;

    // 2^(i/256). Coarser schemas use every second of them, every fourth, and so on.
    private static readonly double[] s_bounds = [.. Enumerable.Range(0, 1 << Finest).Select(i => Math.Pow(2, i / (double)(1 << Finest)))];

    /// <summary>The schema with the greatest growth factor not above this one, or the finest.</summary>
    internal static int For(double factor) => (int)Math.Clamp(-Math.Floor(Math.Log2(Math.Log2(factor))), Coarsest, Finest);

    /// <summary>The bucket of a positive value. Infinity has its own bucket, after that of the greatest number.</summary>
    internal static int IndexOf(double value, int schema)
    {
        if (double.IsInfinity(value))
        {
            return IndexOf(double.MaxValue, schema) + 1;
        }

        // The value is significand × 2^exponent, the significand in [1, 2).
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)(bits >> SignificandBits) - Bias;
        if (exponent == -Bias)
        {
            bits = BitConverter.DoubleToInt64Bits(value * SubnormalScale);
            exponent = (int)(bits >> SignificandBits) - Bias - SignificandBits;
        }

        var significand = BitConverter.Int64BitsToDouble((bits & SignificandMask) | OneBits);
        var fine = Math.Max(schema, 0);
        var low = 0;
        for (var high = 1 << fine; low < high;)
        {
            var middle = (low + high) / 2;
            if (s_bounds[middle << (Finest - fine)] < significand)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return Coarsen((exponent << fine) + low, fine - schema);
    }

    /// <summary>The bucket that contains this one when the schema is lower by <paramref name="steps"/>.</summary>
    internal static int Coarsen(int index, int steps) => (index + (1 << steps) - 1) >> steps;

    /// <summary>The greatest value in a bucket.</summary>
    internal static double UpperBound(int index, int schema)
    {
        var bound = schema < 0
            ? Math.ScaleB(1, index << -schema)
            : Math.ScaleB(s_bounds[(index & ((1 << schema) - 1)) << (Finest - schema)], index >> schema);

        // The last bucket of finite numbers would end at 2^1024, which is not a double.
        return double.IsInfinity(bound) && index == IndexOf(double.MaxValue, schema) ? double.MaxValue : bound;
    }
}
