using System.Numerics;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class NativeSchemaTests
{
    private static readonly double s_leastNormal = Math.ScaleB(1, -1_022);
    private static readonly int[] s_schemas = [.. Enumerable.Range(NativeSchema.Coarsest, NativeSchema.Finest - NativeSchema.Coarsest + 1)];

    [Theory]
    [InlineData(1.1, 3)]
    [InlineData(1.2, 2)]
    [InlineData(1.5, 1)]
    [InlineData(2, 0)]
    [InlineData(3.9, 0)]
    [InlineData(4, -1)]
    [InlineData(16, -2)]
    [InlineData(256, -3)]
    [InlineData(65_536, -4)]
    [InlineData(1e300, -4)]
    [InlineData(1.01, 7)]
    [InlineData(1.005, 8)]
    [InlineData(1.0027, 8)]
    [InlineData(1.000_000_000_000_001, 8)]
    public void The_schema_is_the_coarsest_within_the_factor(double factor, int schema) =>
        Assert.Equal(schema, NativeSchema.For(factor));

    [Theory]
    [InlineData(1, 3, 0)]
    [InlineData(1.000_000_1, 3, 1)]
    [InlineData(2, 3, 8)]
    [InlineData(0.5, 3, -8)]
    [InlineData(0.6, 0, 0)]
    [InlineData(0.5, 0, -1)]
    [InlineData(1_000, 0, 10)]
    [InlineData(1_024, 0, 10)]
    [InlineData(1_025, -1, 6)]
    [InlineData(65_536, -4, 1)]
    [InlineData(65_537, -4, 2)]
    [InlineData(double.MaxValue, 8, 262_144)]
    [InlineData(double.PositiveInfinity, 8, 262_145)]
    [InlineData(double.MaxValue, -4, 64)]
    [InlineData(double.PositiveInfinity, -4, 65)]
    [InlineData(double.Epsilon, 0, -1_074)]
    [InlineData(double.Epsilon, 8, -274_944)]
    [InlineData(double.Epsilon, -4, -67)]
    public void The_bucket_index_follows_the_specification(double value, int schema, int index) =>
        Assert.Equal(index, NativeSchema.IndexOf(value, schema));

    [Fact]
    public void Every_value_is_within_the_bounds_of_its_bucket_in_every_schema()
    {
        foreach (var value in Values(20_000))
        {
            foreach (var schema in s_schemas)
            {
                var index = NativeSchema.IndexOf(value, schema);
                Assert.True(value <= NativeSchema.UpperBound(index, schema), $"{value:R} is above bucket {index} of schema {schema}");

                // Bounds below 2^-1022 are not exact: subnormal doubles are too coarse.
                Assert.True(value > NativeSchema.UpperBound(index - 1, schema)
                    || value < s_leastNormal, $"{value:R} is below bucket {index} of schema {schema}");
            }
        }
    }

    [Fact]
    public void Merging_maps_each_bucket_to_the_coarser_bucket_of_its_values()
    {
        foreach (var value in Values(20_000))
        {
            foreach (var schema in s_schemas)
            {
                for (var steps = 0; schema - steps >= NativeSchema.Coarsest; steps++)
                {
                    Assert.Equal(
                        NativeSchema.IndexOf(value, schema - steps), NativeSchema.Coarsen(NativeSchema.IndexOf(value, schema), steps));
                }
            }
        }
    }

    /// <summary>Bound i of schema 8 is 2^(i/256). The comparison uses integers, so it has no rounding error.</summary>
    [Fact]
    public void Bounds_are_the_nearest_doubles_to_the_roots_of_two()
    {
        for (var index = 0; index <= 256; index++)
        {
            var bound = NativeSchema.UpperBound(index, 8);
            Assert.True(Compare(Math.BitDecrement(bound), index) < 0, $"{index}");
            Assert.True(Compare(Math.BitIncrement(bound), index) > 0, $"{index}");
        }

        // Compares value^256 with 2^index. The value is between 1/2 and 4, so value × 2^53 is an integer.
        static int Compare(double value, int index) =>
            BigInteger.Pow(new BigInteger(value * (1L << 53)), 256).CompareTo(BigInteger.One << (index + (53 * 256)));
    }

    private static IEnumerable<double> Values(int count)
    {
        for (var exponent = -1_074; exponent <= 1_023; exponent++)
        {
            var power = Math.ScaleB(1, exponent);
            yield return power;
            yield return Math.BitIncrement(power);
            if (Math.BitDecrement(power) > 0)
            {
                yield return Math.BitDecrement(power);
            }
        }

        var random = new Random(8);
        for (var i = 0; i < count; i++)
        {
            // First any positive finite double, then a value in the range of typical durations.
            yield return BitConverter.Int64BitsToDouble(random.NextInt64(1, BitConverter.DoubleToInt64Bits(double.PositiveInfinity)));
            yield return Math.Exp((random.NextDouble() * 20) - 10);
        }

        yield return double.MaxValue;
        yield return double.PositiveInfinity;
    }
}
