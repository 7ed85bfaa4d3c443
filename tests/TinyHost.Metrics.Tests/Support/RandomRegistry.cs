// Owns: instruments of every kind with random names, tags and values, the same for the same seed.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics.Tests.Support;

internal static class RandomRegistry
{
    private const string NameCharacters = "abcXYZ019._-:/ é😀";
    private const string ValueCharacters = "abc019 \\\"\n\0\r\t{},=#é😀\uD83D\u2028";
    private static readonly string?[] s_units = [null, "s", "By", "1", "ms", "{item}", "By/s", "%", "odd unit"];

    /// <summary>Checks the families of that many registries, every second one with native histograms.</summary>
    internal static void ForEach(int count, Action<MetricFamily[]> check)
    {
        for (var seed = 0; seed < count; seed++)
        {
            using var test = new TestCollector(configure: options =>
            {
                options.Resource["service.name"] = "random";
                if (seed % 2 == 0)
                {
                    options.NativeHistograms["*"] = new NativeHistogramOptions();
                }
            });
            Fill(test.Meter, new Random(seed));
            check([.. test.CollectTarget(), .. test.Collect()]);
        }
    }

    internal static void Fill(Meter meter, Random random)
    {
        var instruments = random.Next(1, 20);
        for (var i = 0; i < instruments; i++)
        {
            var name = Text(random, NameCharacters, 12) + random.Next(100);
            var unit = s_units[random.Next(s_units.Length)];
            var help = random.Next(3) == 0 ? null : Text(random, ValueCharacters, 30).Trim();
            Action<double, KeyValuePair<string, object?>[]> record = random.Next(6) switch
            {
                0 => meter.CreateCounter<double>(name, unit, help).Add,
                1 => (value, tags) =>
                    meter.CreateCounter<long>(name, unit, help).Add(double.IsFinite(value) ? (long)(value % 1e6) : 1, tags),
                2 => meter.CreateUpDownCounter<double>(name, unit, help).Add,
                3 => meter.CreateGauge<double>(name, unit, help).Record,
                4 => meter.CreateHistogram(name, unit, help, null,
                    new InstrumentAdvice<double> { HistogramBucketBoundaries = [0, 0.1, 1, 2.5, 1e7, 1e17] }).Record,
                _ => (value, tags) => meter.CreateObservableGauge(name, () => new Measurement<double>(value, tags), unit, help),
            };
            for (var series = random.Next(4); series > 0; series--)
            {
                record(Value(random), Tags(random));
            }
        }
    }

    private static double Value(Random random) => random.Next(8) switch
    {
        0 => double.NaN,
        1 => double.PositiveInfinity,
        2 => double.NegativeInfinity,
        3 => random.Next(1_000),
        4 => random.NextDouble(),
        5 => random.NextDouble() * 1e20,
        6 => double.Epsilon,
        _ => random.Next(),
    };

    private static KeyValuePair<string, object?>[] Tags(Random random) =>
        [.. Enumerable.Range(0, random.Next(4)).Select(
            _ => new KeyValuePair<string, object?>(Text(random, NameCharacters, 6), Text(random, ValueCharacters, 10)))];

    private static string Text(Random random, string characters, int length) => new(random.GetItems<char>(characters, random.Next(length)));
}
