using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class InstrumentTests
{
    [Fact]
    public void A_counter_of_every_type_adds_up()
    {
        using var test = new TestCollector();
        test.Meter.CreateCounter<byte>("byte").Add(1);
        test.Meter.CreateCounter<short>("short").Add(2);
        test.Meter.CreateCounter<int>("int").Add(3);
        test.Meter.CreateCounter<long>("long").Add(4);
        test.Meter.CreateCounter<float>("float").Add(5.5f);
        test.Meter.CreateCounter<double>("double").Add(6.5);
        test.Meter.CreateCounter<decimal>("decimal").Add(7.5m);
        Assert.Equal(
            ["byte_total 1", "decimal_total 7.5", "double_total 6.5", "float_total 5.5", "int_total 3", "long_total 4", "short_total 2"],
            test.Samples());
    }

    [Fact]
    public void A_histogram_of_every_type_counts()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram<byte>("byte").Record(1);
        test.Meter.CreateHistogram<short>("short").Record(2);
        test.Meter.CreateHistogram<int>("int").Record(3);
        test.Meter.CreateHistogram<long>("long").Record(4);
        test.Meter.CreateHistogram<float>("float").Record(5.5f);
        test.Meter.CreateHistogram<double>("double").Record(6.5);
        test.Meter.CreateHistogram<decimal>("decimal").Record(7.5m);
        Assert.Equal(
            ["byte_sum 1", "decimal_sum 7.5", "double_sum 6.5", "float_sum 5.5", "int_sum 3", "long_sum 4", "short_sum 2"],
            test.Samples().Where(line => line.Contains("_sum", StringComparison.Ordinal)));
        Assert.Equal(7, test.Samples().Count(line => line.EndsWith("_count 1", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_kind_has_its_type()
    {
        using var test = new TestCollector();
        test.Meter.CreateCounter<int>("a").Add(1);
        test.Meter.CreateUpDownCounter<int>("b").Add(-1);
        test.Meter.CreateGauge<int>("c").Record(2);
        test.Meter.CreateHistogram<int>("d").Record(3);
        test.Meter.CreateObservableCounter("e", () => 4);
        test.Meter.CreateObservableUpDownCounter("f", () => -5L);
        test.Meter.CreateObservableGauge("g", () => 6.5);
        var text = test.Text();
        foreach (var expected in (string[])[
            "# TYPE a_total counter\na_total 1\n",
            "# TYPE b gauge\nb -1\n",
            "# TYPE c gauge\nc 2\n",
            "# TYPE d histogram\nd_bucket{le=\"0\"} 0\nd_bucket{le=\"5\"} 1\n",
            "# TYPE e_total counter\ne_total 4\n",
            "# TYPE f gauge\nf -5\n",
            "# TYPE g gauge\ng 6.5\n"])
        {
            Assert.Contains(expected, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Integers_and_fractions_of_one_counter_add_up()
    {
        using var test = new TestCollector();
        using var second = new Meter(test.MeterName);
        test.Meter.CreateCounter<long>("a").Add(2);
        second.CreateCounter<double>("a").Add(0.5);
        Assert.Equal(["a_total 2.5"], test.Samples());
    }

    [Fact]
    public void A_counter_drops_negative_values_NaN_and_infinities()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<double>("a");
        counter.Add(1);
        counter.Add(-1);
        counter.Add(double.NaN);
        counter.Add(double.PositiveInfinity);
        var whole = test.Meter.CreateCounter<long>("b");
        whole.Add(1);
        whole.Add(-1);
        Assert.Equal(["a_total 1", "b_total 1"], test.Samples());
    }

    [Fact]
    public void A_gauge_may_be_infinite_or_NaN()
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<double>("a").Record(double.NaN);
        test.Meter.CreateGauge<double>("b").Record(double.PositiveInfinity);
        test.Meter.CreateObservableGauge("c", () => double.NegativeInfinity);
        Assert.Equal(["a NaN", "b +Inf", "c -Inf"], test.Samples());
    }

    [Fact]
    public void A_gauge_shows_its_last_value()
    {
        using var test = new TestCollector();
        var gauge = test.Meter.CreateGauge<int>("a");
        gauge.Record(1);
        gauge.Record(7);
        gauge.Record(3);
        Assert.Equal(["a 3"], test.Samples());
    }

    [Fact]
    public void Tags_of_the_meter_and_the_instrument_are_labels()
    {
        using var test = new TestCollector();
        using var meter = new Meter(test.MeterName, null, [new("shard", 1)]);
        meter.CreateCounter<int>("a", null, null, [new("colour", "red")]).Add(1, new KeyValuePair<string, object?>("x", "y"));
        Assert.Equal(["""a_total{colour="red",shard="1",x="y"} 1"""], test.Samples());
    }

    [Fact]
    public void An_instrument_without_a_description_is_named_in_its_help()
    {
        using var test = new TestCollector();
        test.Meter.CreateCounter<int>("orders.placed").Add(1);
        Assert.StartsWith(
            $"# HELP orders_placed_total Instrument orders.placed of meter {test.MeterName}.\n", test.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Measurements_from_before_the_first_scrape_are_not_lost_and_later_ones_add()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        counter.Add(1);
        Assert.Equal(["a_total 1"], test.Samples());
        counter.Add(2);
        Assert.Equal(["a_total 3"], test.Samples());
    }

    [Fact]
    public void The_order_of_tags_does_not_matter()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        counter.Add(1, new("x", 1), new("y", 2), new("z", 3));
        counter.Add(1, new("z", 3), new("x", 1), new("y", 2));
        counter.Add(1, new("z", 3), new("y", "2"), new("x", 1L));
        counter.Add(1, new("z", 1), new("y", 2), new("x", 3));
        Assert.Equal(["""a_total{x="1",y="2",z="3"} 3""", """a_total{x="3",y="2",z="1"} 1"""], test.Samples());
    }

    [Fact]
    public void Equal_strings_are_the_same_tag_value()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        counter.Add(1, new KeyValuePair<string, object?>("x", "value"));
        counter.Add(1, new KeyValuePair<string, object?>(string.Concat("", "x"), new string("value".AsSpan())));
        Assert.Equal(["""a_total{x="value"} 2"""], test.Samples());
    }

    [Fact]
    public void A_repeated_name_in_a_tag_set_is_one_label()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        counter.Add(1, new("x", 2), new("x", 1));
        counter.Add(1, new("x", 1), new("x", 2));
        counter.Add(1, new("x", 1), new("x", 1));
        Assert.Equal(["""a_total{x="1;2"} 2""", """a_total{x="1;1"} 1"""], test.Samples());
    }

    [Fact]
    public void Lists_as_values_do_not_multiply_series()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        for (var i = 0; i < 10; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("x", new[] { "p", "q" }));
        }

        Assert.Equal(["""a_total{x="[\"p\",\"q\"]"} 10"""], test.Samples());
    }

    [Fact]
    public void A_counter_that_overflows_is_never_negative()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<long>("a");
        counter.Add(long.MaxValue);
        counter.Add(long.MaxValue);
        Assert.Equal(["a_total 1.8446744073709552E+19"], test.Samples());
    }
}
