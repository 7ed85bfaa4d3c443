using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class NativeHistogramPropertyTests
{
    /// <summary>
    /// For random options, data and intervals, a scrape reads the same as a reference that keeps every value.
    /// </summary>
    [Fact]
    public void Random_histograms_match_a_slow_reference()
    {
        var resets = 0;
        var widened = 0;
        var coarsened = 0;
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var options = new NativeHistogramOptions
            {
                BucketFactor = 1 + Math.Exp((random.NextDouble() * 10) - 6),
                MaxBuckets = random.Next(1, 40),
                MaxZeroThreshold = random.Next(2) == 0 ? 0 : Math.Exp((random.NextDouble() * 10) - 8),
                MinResetDuration = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(random.Next(1, 100)),
                ClassicBuckets = random.Next(2) == 0,
            };
            var clock = new SetClock();
            using var test = new TestCollector(configure: settings => settings.NativeHistograms["h"] = options, clock: clock);
            var histogram = test.Meter.CreateHistogram<double>("h");
            var reference = new ReferenceNative(options);
            var next = Data(random);
            for (var i = random.Next(1, 120); i > 0; i--)
            {
                var passed = TimeSpan.FromSeconds(random.Next(4));
                clock.Passed += passed;
                var value = next();
                histogram.Record(value);
                reference.Record(value, passed);
                if (i % 10 == 1)
                {
                    AssertSame(reference, ReadNative.Only(test));
                }
            }

            resets += reference.Resets;
            widened += reference.ZeroThreshold > 1e-30 ? 1 : 0;
            coarsened += reference.Schema < 0 ? 1 : 0;
        }

        // The random options must have reached every case.
        Assert.True(resets > 100 && widened > 20 && coarsened > 20, $"{resets} {widened} {coarsened}");
    }

    [Theory]
    [InlineData(1.1)]
    [InlineData(1.5)]
    [InlineData(1.01)]
    public void A_quantile_is_within_the_factor_of_its_schema(double factor)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            using var test = new TestCollector(configure: options =>
                options.NativeHistograms["h"] = new NativeHistogramOptions { BucketFactor = factor, MaxBuckets = 100_000 });
            var histogram = test.Meter.CreateHistogram<double>("h");
            double[] values = [.. Enumerable.Range(0, 500).Select(_ => Math.Exp(random.NextDouble() * 8 * (seed % 4)) - (seed % 3 * 5))];
            Array.ForEach(values, histogram.Record);
            Array.Sort(values);
            var read = ReadNative.Only(test);
            var width = Math.Pow(2, Math.Pow(2, -read.Schema));
            Assert.True(width <= factor);
            foreach (var quantile in (double[])[0.01, 0.25, 0.5, 0.9, 0.99, 1])
            {
                var exact = values[(int)Math.Ceiling(quantile * values.Length) - 1];
                var estimate = read.UpperQuantile(quantile);
                Assert.InRange(Math.Abs(estimate - exact), 0, (Math.Abs(exact) * (width - 1)) + 1e-12);
            }
        }
    }

    private static void AssertSame(ReferenceNative reference, ReadNative read)
    {
        Assert.Equal((reference.Schema, reference.ZeroThreshold, (ulong)reference.ZeroCount, (ulong)reference.Count), (
            read.Schema, read.ZeroThreshold, read.ZeroCount, read.Count));
        Assert.Equal(reference.Positive, read.Positive);
        Assert.Equal(reference.Negative, read.Negative);
        Assert.Equal(reference.Sum, read.Sum);
    }

    private static Func<double> Data(Random random)
    {
        var scale = Math.Exp((random.NextDouble() * 10) - 5);
        return random.Next(5) switch
        {
            0 => () => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
            1 => () => scale * Math.Exp(random.NextDouble() * 3),
            2 => () => scale * (random.NextDouble() - 0.5),
            3 => () => random.Next(-20, 20),
            _ => () => random.Next(12) switch
            {
                0 => double.NaN,
                1 => double.PositiveInfinity,
                2 => double.NegativeInfinity,
                3 => -0.0,
                var n => Math.ScaleB(n % 2 == 0 ? 1 : -1, random.Next(-130, 40)),
            },
        };
    }
}
