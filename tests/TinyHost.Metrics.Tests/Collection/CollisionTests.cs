using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class CollisionTests
{
    [Fact]
    public void An_instrument_of_another_kind_with_the_same_name_is_omitted_and_logged_once()
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<int>("a.b").Record(1);
        var left = test.Meter.CreateUpDownCounter<int>("a_b");
        left.Add(5);
        new Meter(test.MeterName).CreateUpDownCounter<int>("a_b").Add(5);
        Assert.Equal(["a_b 1"], test.Samples());
        var message = Assert.Single(test.Log.Entries).Message;
        Assert.Contains("a_b", message, StringComparison.Ordinal);
        Assert.Contains("a.b", message, StringComparison.Ordinal);
        Assert.False(left.Enabled);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void The_omitted_instrument_is_exposed_once_the_other_is_disposed(bool firstObserved, bool secondObserved)
    {
        using var test = new TestCollector();
        var first = new Meter(test.MeterName);
        var recordFirst = Create(first, "a.b", firstObserved);
        var recordSecond = Create(test.Meter, "a_b", secondObserved);
        recordFirst(1);
        recordSecond(2);
        Assert.Equal(["a_b 1"], test.Samples());
        first.Dispose();
        recordSecond(3);
        Assert.Equal(["a_b 3"], test.Samples());
        Assert.Single(test.Log.Entries);
    }

    [Fact]
    public void A_freed_name_goes_to_the_first_waiting_instrument_that_is_not_disposed()
    {
        using var test = new TestCollector();
        Meter[] meters = [.. Enumerable.Range(0, 5).Select(_ => new Meter(test.MeterName))];
        Action<int>[] record = [.. meters.Select((meter, i) => Create(meter, $"a{".-_ /"[i]}b", observed: i % 2 == 0))];
        void RecordAll() => Array.ForEach([.. Enumerable.Range(0, 5)], i => record[i](i));
        RecordAll();
        Assert.Equal(["a_b 0"], test.Samples());
        meters[1].Dispose();
        meters[0].Dispose();
        RecordAll();
        Assert.Equal(["a_b 2"], test.Samples());
        meters[2].Dispose();
        RecordAll();
        Assert.Equal(["a_b 3"], test.Samples());
        meters[4].Dispose();
        meters[3].Dispose();
        Assert.Empty(test.Samples());
    }

    [Fact]
    public void An_instrument_waits_for_all_families_that_have_one_of_its_sample_names()
    {
        using var test = new TestCollector();
        using var sum = new Meter(test.MeterName);
        using var count = new Meter(test.MeterName);
        sum.CreateGauge<int>("a.sum").Record(1);
        count.CreateGauge<int>("a.count").Record(1);
        var histogram = test.Meter.CreateHistogram<int>("a");
        sum.Dispose();
        histogram.Record(1);
        Assert.Equal(["a_count 1"], test.Samples());
        count.Dispose();
        histogram.Record(1);
        Assert.Contains("a_count 1", test.Samples());
        Assert.Contains("a_sum 1", test.Samples());
    }

    [Fact]
    public void Instruments_of_a_disposed_meter_do_not_take_a_freed_name()
    {
        using var test = new TestCollector();
        var meter = new Meter(test.MeterName);
        Create(meter, "a.b", observed: false)(1);
        Create(meter, "a_b", observed: false)(2);
        meter.Dispose();
        Assert.Empty(test.Collect());
        test.Meter.CreateGauge<int>("a-b").Record(3);
        Assert.Equal(["a_b 3"], test.Samples());
    }

    [Fact]
    public async Task Omitted_instruments_are_released_when_disposed()
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<int>("a.b").Record(1);
        WeakReference[] refused = [.. Enumerable.Range(0, 100).Select(i => CreateAndDispose(test.MeterName, observed: i % 2 == 0))];
        // A listener of another test may be looking at one of them.
        await Until.TrueAsync(() =>
        {
            GC.Collect();
            return !refused.Any(reference => reference.IsAlive);
        });
        Assert.Equal(["a_b 1"], test.Samples());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference CreateAndDispose(string meterName, bool observed)
    {
        using var meter = new Meter(meterName);
        return new WeakReference(observed ? meter.CreateObservableGauge("a_b", () => 1) : meter.CreateGauge<int>("a_b"));
    }

    /// <summary>Creates a gauge and returns the action that sets it.</summary>
    private static Action<int> Create(Meter meter, string name, bool observed)
    {
        if (!observed)
        {
            return meter.CreateGauge<int>(name).Record;
        }

        var held = 0;
        meter.CreateObservableGauge(name, () => held);
        return value => held = value;
    }

    [Theory]
    [InlineData("a.bucket")]
    [InlineData("a.sum")]
    [InlineData("a.count")]
    public void A_gauge_must_not_have_the_name_of_a_histograms_sample(string gauge)
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram<int>("a").Record(1);
        test.Meter.CreateGauge<int>(gauge).Record(5);
        Assert.Single(test.Collect());
        Assert.Single(test.Log.Entries);
    }

    [Fact]
    public void A_histograms_sample_must_not_have_the_name_of_a_gauge()
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<int>("a.count").Record(5);
        test.Meter.CreateHistogram<int>("a").Record(1);
        Assert.Equal(["a_count 5"], test.Samples());
        Assert.Single(test.Log.Entries);
    }

    [Fact]
    public void Counters_of_two_instruments_with_one_name_share_the_family()
    {
        using var test = new TestCollector();
        test.Meter.CreateCounter<int>("a.b", null, "first").Add(1, new KeyValuePair<string, object?>("x", 1));
        test.Meter.CreateCounter<int>("a_b", null, "second").Add(2, new KeyValuePair<string, object?>("x", 2));
        test.Meter.CreateCounter<int>("a-b").Add(4, new KeyValuePair<string, object?>("x", 2));
        Assert.Equal("# HELP a_b_total first\n# TYPE a_b_total counter\na_b_total{x=\"1\"} 1\na_b_total{x=\"2\"} 6\n", test.Text());
    }

    [Fact]
    public void Gauges_of_two_meters_with_distinct_labels_share_the_family()
    {
        var other = TestCollector.NewMeterName();
        using var test = new TestCollector(configure: options =>
        {
            options.ScopeLabels = true;
            options.Meters.Add(other);
        });
        using var second = new Meter(other);
        test.Meter.CreateGauge<int>("temp").Record(1);
        second.CreateGauge<int>("temp").Record(2);
        second.CreateUpDownCounter<int>("temp").Add(4);
        string[] expected = [$"temp{{otel_scope_name=\"{test.MeterName}\"}} 1", $"temp{{otel_scope_name=\"{other}\"}} 2"];
        Assert.Equal(expected, test.Samples());
        Assert.Single(test.Log.Entries);
    }

    [Fact]
    public void Gauges_of_two_instruments_with_one_name_cannot_share_it()
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<int>("a.b").Record(1);
        test.Meter.CreateGauge<int>("a_b").Record(2);
        Assert.Equal(["a_b 1"], test.Samples());
        var message = Assert.Single(test.Log.Entries).Message;
        Assert.Contains("overwrite", message, StringComparison.Ordinal);
        Assert.DoesNotContain("something else", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_message_about_two_gauges_does_not_say_that_they_measure_something_else(bool observed)
    {
        var other = TestCollector.NewMeterName();
        using var test = new TestCollector(configure: options => options.Meters.Add(other));
        using var second = new Meter(other);
        Create(test.Meter, "temp", observed: false)(1);
        Create(second, "temp", observed)(2);
        Assert.Equal(["temp 1"], test.Samples());
        var message = Assert.Single(test.Log.Entries).Message;
        Assert.Contains(nameof(MetricsOptions.ScopeLabels), message, StringComparison.Ordinal);
        Assert.DoesNotContain("something else", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Histograms_of_two_instruments_share_a_name_only_with_the_same_boundaries()
    {
        using var test = new TestCollector();
        test.Meter.CreateHistogram<int>("a.b").Record(1);
        test.Meter.CreateHistogram<int>("a_b").Record(1);
        test.Meter.CreateHistogram("a-b", null, null, null, new InstrumentAdvice<int> { HistogramBucketBoundaries = [3] }).Record(1);
        Assert.Contains("a_b_count 2", test.Samples());
        Assert.Equal(2, test.Log.Entries.Count);
    }

    [Fact]
    public void A_counter_and_an_observable_counter_cannot_share_a_name()
    {
        using var test = new TestCollector();
        test.Meter.CreateObservableCounter("a", () => 3);
        test.Meter.CreateCounter<int>("a").Add(1);
        Assert.Equal(["a_total 3"], test.Samples());
        Assert.Single(test.Log.Entries);
    }
}
