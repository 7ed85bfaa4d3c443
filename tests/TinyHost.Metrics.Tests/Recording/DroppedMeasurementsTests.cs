using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class DroppedMeasurementsTests
{
    [Fact]
    public void Dropped_measurements_are_counted_by_reason_and_logged_once()
    {
        using var test = new TestCollector();
        var whole = test.Meter.CreateCounter<long>("whole");
        var fractions = test.Meter.CreateCounter<double>("fractions");
        var histogram = test.Meter.CreateHistogram<double>("h");
        for (var i = 0; i < 3; i++)
        {
            whole.Add(-1);
            fractions.Add(-0.5);
            fractions.Add(double.NaN);
            fractions.Add(double.PositiveInfinity);
            histogram.Record(double.NaN);
            histogram.Record(-1);
        }

        var dropped = Dropped(test);
        Assert.Equal(
            [
                """tinyhost_metrics_dropped_total{family="fractions_total",reason="negative"} 3""",
                """tinyhost_metrics_dropped_total{family="fractions_total",reason="not_finite"} 6""",
                """tinyhost_metrics_dropped_total{family="h",reason="not_finite"} 3""",
                """tinyhost_metrics_dropped_total{family="whole_total",reason="negative"} 3""",
            ],
            dropped);
        Assert.Contains("h_count 3", test.Samples());
        Assert.Equal(
            ["fractions_total", "h", "whole_total"],
            test.Log.Entries.Select(entry => entry.Message.Split(' ')[1]).Order(StringComparer.Ordinal));
        whole.Add(-1);
        test.Collect();
        Assert.Equal(3, test.Log.Entries.Count);
    }

    [Fact]
    public void What_observable_counters_must_not_report_is_counted_too()
    {
        using var test = new TestCollector();
        var value = -1.0;
        test.Meter.CreateObservableCounter("c", () => value);
        Assert.Empty(test.Samples());
        value = double.NaN;
        Assert.Empty(test.Samples());
        Assert.Equal(2, Dropped(test).Length);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void An_observed_sum_that_is_not_finite_is_left_out_until_it_is(double value)
    {
        using var test = new TestCollector();
        var reported = value;
        test.Meter.CreateObservableCounter("c", () => reported);
        test.Meter.CreateObservableUpDownCounter("a", () => reported);
        Assert.Empty(test.Samples());
        Assert.Equal(
            [
                """tinyhost_metrics_dropped_total{family="a",reason="not_finite"} 2""",
                """tinyhost_metrics_dropped_total{family="c_total",reason="not_finite"} 2""",
            ],
            Dropped(test));
        reported = 1;
        Assert.Equal(["a 1", "c_total 1"], test.Samples());
    }

    [Fact]
    public void Values_that_are_exposed_as_they_are_do_not_count_as_dropped()
    {
        using var test = new TestCollector(configure: options => options.NativeHistograms["native"] = new NativeHistogramOptions());
        test.Meter.CreateGauge<double>("g").Record(double.NaN);
        test.Meter.CreateUpDownCounter<double>("u").Add(-1);
        test.Meter.CreateObservableGauge("o", () => double.NegativeInfinity);
        test.Meter.CreateHistogram<double>("native").Record(double.NaN);
        test.Collect();
        Assert.Empty(Dropped(test));
        Assert.Empty(test.Log.Entries);
    }

    private static string[] Dropped(TestCollector test) => [.. TestCollector.Text(test.CollectOwn()).Split('\n').Where(
        line => line.StartsWith("tinyhost_metrics_dropped", StringComparison.Ordinal))];
}
