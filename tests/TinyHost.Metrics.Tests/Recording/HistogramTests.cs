using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class HistogramTests
{
    private static double[] Bounds(TestCollector test) => Assert.Single(test.Collect()).Definition.Boundaries;

    [Fact]
    public void Advice_sets_the_boundaries()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram("a", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 2] }).Record(2);
        Assert.Equal(
            [
                """a_seconds_bucket{le="0.5"} 0""",
                """a_seconds_bucket{le="2"} 1""",
                """a_seconds_bucket{le="+Inf"} 1""",
                "a_seconds_sum 2",
                "a_seconds_count 1",
            ],
            test.Samples());
    }

    [Fact]
    public void Advice_in_integers_sets_the_boundaries()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram("a", null, null, null, new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 10] });
        Assert.Equal([1, 10], Bounds(test));
    }

    [Fact]
    public void Advice_of_no_boundaries_leaves_one_bucket()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram("a", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [] }).Record(3);
        Assert.Equal(["""a_bucket{le="+Inf"} 1""", "a_sum 3", "a_count 1"], test.Samples());
    }

    [Fact]
    public void An_advised_infinity_adds_no_bucket()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram(
            "a", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, double.PositiveInfinity] });
        Assert.Equal([1], Bounds(test));
    }

    [Fact]
    public void Seconds_have_the_boundaries_of_the_semantic_conventions()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram<double>("a", "s");
        Assert.Equal([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10], Bounds(test));
    }

    [Fact]
    public void Other_units_have_the_general_boundaries()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram<double>("a", "By");
        Assert.Equal([0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000], Bounds(test));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(33)]
    [InlineData(300)]
    public void Boundaries_are_inclusive_for_any_number_of_buckets(int count)
    {
        double[] bounds = [.. Enumerable.Range(1, count).Select(i => (double)i)];
        using var test = new TestCollector();
        var histogram = test.Meter.CreateHistogram(
            "a", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
        for (var i = 0; i <= count; i++)
        {
            histogram.Record(i + 0.5);
            histogram.Record(i);
        }

        string[] expected =
        [
            .. bounds.Select(bound => $"a_bucket{{le=\"{bound}\"}} {2 * bound + 1}"),
            $"a_bucket{{le=\"+Inf\"}} {2 * count + 2}",
        ];
        Assert.Equal(expected, test.Samples()[..^2]);
    }

    [Fact]
    public void Non_finite_values_are_ignored()
    {
        using var test = new TestCollector();
        var histogram = test.Meter.CreateHistogram<double>("a", "s");
        histogram.Record(double.NaN);
        histogram.Record(double.PositiveInfinity);
        histogram.Record(double.NegativeInfinity);
        histogram.Record(-1);
        Assert.Equal(["a_seconds_sum -1", "a_seconds_count 1"], test.Samples()[^2..]);
    }

    [Fact]
    public void A_tag_called_le_does_not_clash_with_the_buckets()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram("a", null, null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] })
            .Record(1, new KeyValuePair<string, object?>("le", "x"));
        Assert.Equal("""a_bucket{exported_le="x",le="1"} 1""", test.Samples()[0]);
    }
}
