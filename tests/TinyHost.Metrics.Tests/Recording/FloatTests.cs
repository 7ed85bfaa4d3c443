using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

/// <summary>Instruments of type float: their values and bounds read as they were written in the code.</summary>
public sealed class FloatTests
{
    [Theory]
    [InlineData(0.1f, 0.1)]
    [InlineData(-0.3f, -0.3)]
    [InlineData(21.5f, 21.5)]
    [InlineData(3.1415927f, 3.1415927)]
    [InlineData(16_777_215f, 16_777_215)]
    [InlineData(1_073_741_824f, 1_073_741_824)]
    [InlineData(1e-5f, 1e-5)]
    [InlineData(1e-20f, 1e-20)]
    [InlineData(float.Epsilon, 1E-45)]
    [InlineData(float.MaxValue, (double)float.MaxValue)]
    [InlineData(0f, 0)]
    [InlineData(float.NaN, double.NaN)]
    [InlineData(float.NegativeInfinity, double.NegativeInfinity)]
    public void A_float_stands_for_its_shortest_decimal(float value, double expected) =>
        Assert.Equal(expected, FloatValue.ToDouble(value));

    [Fact]
    public void Negative_zero_keeps_its_sign() => Assert.True(double.IsNegative(FloatValue.ToDouble(-0f)));

    [Fact]
    public void Random_floats_read_back_and_have_the_digits_of_their_text()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            var converted = FloatValue.ToDouble(value);
            Assert.Equal(value, (float)converted);
            if (float.IsFinite(value) && !float.IsInteger(value))
            {
                var text = value.ToString("R", CultureInfo.InvariantCulture);
                Assert.True(converted.ToString("R", CultureInfo.InvariantCulture).Length <= Math.Max(text.Length, 9), text);
            }
        }
    }

    [Fact]
    public void Gauges_counters_and_observables_show_the_decimal_recorded()
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<float>("gauge").Record(0.1f);
        var counter = test.Meter.CreateCounter<float>("counter");
        counter.Add(0.1f);
        counter.Add(0.1f);
        test.Meter.CreateObservableGauge("observed", () => 0.3f);
        Assert.Equal(["counter_total 0.2", "gauge 0.1", "observed 0.3"], test.Samples());
    }

    [Fact]
    public void A_float_on_a_bound_belongs_below_it_whatever_the_type_of_the_bound()
    {
        using var test = new TestCollector(configure: options => options.Buckets["b"] = [0.1, 0.2]);
        test.Meter.CreateHistogram("a", null, null, null, new InstrumentAdvice<float> { HistogramBucketBoundaries = [0.1f, 0.2f] })
            .Record(0.1f);
        test.Meter.CreateHistogram<float>("b").Record(0.2f);
        string[] expected =
        [
            "a_bucket{le=\"0.1\"} 1", "a_bucket{le=\"0.2\"} 1", "a_bucket{le=\"+Inf\"} 1", "a_sum 0.1", "a_count 1",
            "b_bucket{le=\"0.1\"} 0", "b_bucket{le=\"0.2\"} 1", "b_bucket{le=\"+Inf\"} 1", "b_sum 0.2", "b_count 1",
        ];
        Assert.Equal(expected, test.Samples());
        Assert.Contains(
            "a_bucket{le=\"0.1\"} 1\n",
            TestCollector.Text(test.Collect(), TextFormat.OpenMetrics(EscapingScheme.Underscores)), StringComparison.Ordinal);
        Assert.Equal(
            0.1,
            TestCollector.Protobuf(test.Collect())[0].All("metric")[0].Get<ProtobufMessage>("histogram").All("bucket")[0]
                .Get<double>("upper_bound"));
    }

    [Fact]
    public void Recording_floats_allocates_nothing()
    {
        using var test = new TestCollector();
        var gauge = test.Meter.CreateGauge<float>("g");
        gauge.Record(1e-20f);
        var before = GC.GetAllocatedBytesForCurrentThread();
        gauge.Record(0.1f);
        gauge.Record(1e-20f);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_exemplar_of_a_float_shows_the_decimal()
    {
        using var test = new TestCollector(clock: new SetClock());
        var counter = test.Meter.CreateCounter<float>("c");
        using var span = new Activity("span") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.SetIdFormat(
            ActivityIdFormat.W3C).Start();
        counter.Add(0.1f);
        Assert.Contains(
            "\"} 0.1 1700000000.5\n",
            TestCollector.Text(test.Collect(), TextFormat.OpenMetrics(EscapingScheme.Underscores)), StringComparison.Ordinal);
    }
}
