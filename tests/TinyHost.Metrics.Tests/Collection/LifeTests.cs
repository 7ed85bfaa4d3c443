using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class LifeTests
{
    [Fact]
    public void Series_disappear_with_the_meter_of_their_instrument()
    {
        using var test = new TestCollector();
        var meter = new Meter(test.MeterName);
        meter.CreateCounter<int>("a").Add(1);
        meter.CreateObservableGauge("g", () => 1);
        test.Meter.CreateCounter<int>("b").Add(1);
        Assert.Equal(["a_total 1", "b_total 1", "g 1"], test.Samples());
        meter.Dispose();
        Assert.Equal(["b_total 1"], test.Samples());
    }

    [Fact]
    public void A_name_becomes_free_when_its_instrument_is_disposed()
    {
        using var test = new TestCollector();
        var meter = new Meter(test.MeterName);
        meter.CreateHistogram<int>("a").Record(1);
        meter.Dispose();
        test.Meter.CreateGauge<int>("a").Record(2);
        test.Meter.CreateGauge<int>("a.count").Record(3);
        Assert.Equal(["a 2", "a_count 3"], test.Samples());
        Assert.Empty(test.Log.Entries);
    }

    [Fact]
    public void Counters_of_two_meters_of_one_name_are_summed_and_do_not_go_back_when_one_is_disposed()
    {
        using var test = new TestCollector();
        var second = new Meter(test.MeterName);
        test.Meter.CreateCounter<int>("a").Add(1);
        second.CreateCounter<int>("a").Add(2);
        Assert.Equal(["a_total 3"], test.Samples());
        second.Dispose();
        Assert.Equal(["a_total 3"], test.Samples());
    }

    [Fact]
    public void Disposing_one_of_two_meters_with_tags_removes_only_its_series()
    {
        using var test = new TestCollector();
        using var first = new Meter(test.MeterName, null, [new("shard", 1)]);
        var second = new Meter(test.MeterName, null, [new("shard", 2)]);
        first.CreateCounter<int>("a").Add(1);
        second.CreateCounter<int>("a").Add(2);
        Assert.Equal(["""a_total{shard="1"} 1""", """a_total{shard="2"} 2"""], test.Samples());
        second.Dispose();
        Assert.Equal(["""a_total{shard="1"} 1"""], test.Samples());
    }

    [Fact]
    public void A_disposed_collector_stops_listening_to_live_instruments()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var counter = meter.CreateCounter<int>("a");
        var observable = meter.CreateObservableGauge("g", () => 1);
        using (new TestCollector(configure: options => options.Meters.Add(meter.Name)))
        {
            Assert.True(counter.Enabled);
            Assert.True(observable.Enabled);
        }

        Assert.False(counter.Enabled);
        Assert.False(observable.Enabled);
    }

    [Fact]
    public void Instruments_published_before_and_after_the_collector_starts_are_collected()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        var early = meter.CreateCounter<int>("early");
        using var test = new TestCollector(configure: options => options.Meters.Add(meter.Name));
        early.Add(1);
        meter.CreateCounter<int>("late").Add(1);
        Assert.Equal(["early_total 1", "late_total 1"], test.Samples());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_series_of_two_meters_survives_the_disposal_of_its_first_meter(bool observed)
    {
        using var test = new TestCollector();
        var first = new Meter(test.MeterName, null, [new("shard", 1)]);
        var tag = new KeyValuePair<string, object?>("shard", 1);
        if (observed)
        {
            first.CreateObservableCounter("a", () => 2);
            test.Meter.CreateObservableCounter("a", () => new Measurement<int>(3, tag));
            Assert.Equal(["""a_total{shard="1"} 5"""], test.Samples());
            first.Dispose();
            Assert.Equal(["""a_total{shard="1"} 3"""], test.Samples());
            return;
        }

        first.CreateCounter<int>("a").Add(2);
        var second = test.Meter.CreateCounter<int>("a");
        second.Add(3, tag);
        Assert.Equal(["""a_total{shard="1"} 5"""], test.Samples());
        first.Dispose();
        second.Add(1, tag);
        Assert.Equal(["""a_total{shard="1"} 6"""], test.Samples());
    }
}
