using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

/// <summary>Removing series, by a call or at the end of their lifetime, while threads hold them.</summary>
public sealed class RemovedSeriesTests
{
    private readonly SetClock _clock = new();

    [Fact]
    public void The_series_with_all_of_the_tags_are_removed()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a", null, null, [new("constant", 1)]);
        counter.Add(1, new("customer", 1), new("method", "GET"));
        counter.Add(1, new("customer", 1), new("method", "POST"));
        counter.Add(1, new("customer", 2), new("method", "GET"));
        counter.Add(1);
        test.Meter.CreateCounter<int>("b").Add(1, new KeyValuePair<string, object?>("customer", 1));
        Assert.Equal(0, PrometheusMetrics.RemoveSeries(counter, new KeyValuePair<string, object?>("customer", 3)));
        Assert.Equal(1, PrometheusMetrics.RemoveSeries(counter, new("method", "POST"), new("customer", "1")));
        Assert.Equal(1, PrometheusMetrics.RemoveSeries(counter, new KeyValuePair<string, object?>("customer", 1)));
        Assert.Equal(
            [
                """a_total{constant="1",customer="2",method="GET"} 1""", """a_total{constant="1"} 1""", """b_total{customer="1"} 1""",
            ],
            test.Samples());
        counter.Add(5, new("customer", 1), new("method", "GET"));
        Assert.Contains("""a_total{constant="1",customer="1",method="GET"} 5""", test.Samples());
        Assert.Equal(3, PrometheusMetrics.RemoveSeries(counter));
        Assert.Equal(["""b_total{customer="1"} 1"""], test.Samples());
        Assert.Throws<ArgumentNullException>(() => PrometheusMetrics.RemoveSeries(null!));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_tag_without_a_value_selects_series_without_the_tag(string? none)
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        counter.Add(1, new KeyValuePair<string, object?>("customer", 1));
        counter.Add(1, new KeyValuePair<string, object?>("method", "GET"));
        counter.Add(1, new("method", "GET"), new("customer", none));
        counter.Add(1);
        Assert.Equal(1, PrometheusMetrics.RemoveSeries(counter, new("customer", none), new("method", none)));
        Assert.Equal(["""a_total{customer="1"} 1""", """a_total{method="GET"} 2"""], test.Samples());
        Assert.Equal(1, PrometheusMetrics.RemoveSeries(counter, new KeyValuePair<string, object?>("customer", none)));
        Assert.Equal(["""a_total{customer="1"} 1"""], test.Samples());
    }

    [Fact]
    public void Removing_series_ends_an_overflow()
    {
        using var test = new TestCollector(limit: 1);
        var histogram = test.Meter.CreateHistogram("h", null, null, null, new InstrumentAdvice<int> { HistogramBucketBoundaries = [] });
        histogram.Record(1, new KeyValuePair<string, object?>("i", 1));
        histogram.Record(1, new KeyValuePair<string, object?>("i", 2));
        Assert.Equal(2, PrometheusMetrics.RemoveSeries(histogram));
        histogram.Record(1, new KeyValuePair<string, object?>("i", 3));
        Assert.Contains("""h_count{i="3"} 1""", test.Samples());
        Assert.Equal(1, Assert.Single(test.Collect()).SeriesCount);
    }

    [Fact]
    public void All_series_include_that_of_an_overflow_that_has_ended()
    {
        using var test = new TestCollector(limit: 2);
        var counter = test.Meter.CreateCounter<int>("a");
        for (var i = 0; i < 3; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        Assert.Equal(1, PrometheusMetrics.RemoveSeries(counter, new KeyValuePair<string, object?>("i", 0)));
        Assert.Equal(2, PrometheusMetrics.RemoveSeries(counter));
        Assert.Empty(test.Samples());
    }

    [Fact]
    public void A_late_measurement_of_an_overflow_does_not_bring_the_overflow_back()
    {
        using var test = new TestCollector(limit: 2);
        var counter = test.Meter.CreateCounter<int>("a");
        for (var i = 0; i < 3; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        var overflow = Assert.Single(Assert.Single(test.Collect()).Series, series => series is { IsOverflow: true })!;
        Assert.Equal(3, PrometheusMetrics.RemoveSeries(counter));

        // What a thread does that found the series before.
        WatchedMeasurements.Follow(overflow.Owner, overflow, overflow.Record(5L), 5, []);
        counter.Add(1, new KeyValuePair<string, object?>("i", 3));
        Assert.Equal(["""a_total{otel_metric_overflow="true"} 5""", """a_total{i="3"} 1"""], test.Samples());
        counter.Add(1, new KeyValuePair<string, object?>("i", 4));
        counter.Add(1, new KeyValuePair<string, object?>("i", 5));
        Assert.Contains("""a_total{otel_metric_overflow="true"} 6""", test.Samples());
    }

    [Fact]
    public void Only_collectors_that_record_the_instrument_remove_series()
    {
        using var meter = new Meter(TestCollector.NewMeterName());
        using var one = new TestCollector(configure: options => options.Meters.Add(meter.Name));
        using var other = new TestCollector(configure: options => options.Meters.Add(meter.Name));
        using var without = new TestCollector();
        using (new TestCollector(configure: options => options.Meters.Add(meter.Name)))
        {
        }

        var counter = meter.CreateCounter<int>("a");
        var observable = meter.CreateObservableGauge("o", () => 1);
        counter.Add(1);
        Assert.Equal(2, PrometheusMetrics.RemoveSeries(counter));
        Assert.Equal(0, PrometheusMetrics.RemoveSeries(observable));
        Assert.Equal(["o 1"], one.Samples());
        Assert.Equal(["o 1"], other.Samples());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_thread_records_into_a_series_that_was_removed_is_not_lost(bool returned)
    {
        using var test = new TestCollector(configure: options => options.NativeHistograms["native"] = new NativeHistogramOptions());
        Instrument[] instruments =
        [
            test.Meter.CreateCounter<long>("c"), test.Meter.CreateUpDownCounter<long>("u"), test.Meter.CreateGauge<double>("g"),
            test.Meter.CreateHistogram<double>("h"), test.Meter.CreateHistogram<double>("native"),
        ];
        var tables = test.Collect().ToDictionary(family => family.Definition.Instrument, family => family.Tables.For(family.Definition));
        foreach (var instrument in instruments)
        {
            var table = tables[instrument.Name];
            var held = table.Find([]);
            MeasurementCallbacks.Record(table, 100.5, []);
            MeasurementCallbacks.Record(table, 100, []);
            Assert.Equal(1, PrometheusMetrics.RemoveSeries(instrument));
            if (returned)
            {
                MeasurementCallbacks.Record(table, 1, []);
            }

            // What a thread does that found the series before.
            foreach (var value in (double[])[2, 0.5, 2])
            {
                WatchedMeasurements.Follow(table, held, held.Record(value), value, []);
            }

            WatchedMeasurements.Follow(table, held, held.Record(1L), 1, []);
        }

        var more = returned ? 1 : 0;
        var samples = test.Samples();
        Assert.Contains($"c_total {5.5 + more}", samples);
        Assert.Contains($"u {5.5 + more}", samples);
        Assert.Contains("g 1", samples);
        Assert.Contains($"h_sum {5.5 + more}", samples);
        Assert.Contains($"h_count {4 + more}", samples);
        Assert.Contains($"native_sum {5.5 + more}", samples);
    }

    [Fact]
    public void What_was_recorded_before_a_removal_does_not_bring_the_series_back()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<long>("c");
        var histogram = test.Meter.CreateHistogram<double>("h");
        counter.Add(1);
        histogram.Record(1);
        foreach (var family in test.Collect())
        {
            var series = family.Series[0]!;
            var slot = series.Record(2);
            PrometheusMetrics.RemoveSeries(family.Name == "h" ? histogram : counter);
            WatchedMeasurements.Follow(series.Owner, series, slot, 2, []);
        }

        Assert.Empty(test.Samples());
    }

    [Fact]
    public void A_use_while_a_series_is_about_to_end_keeps_it()
    {
        using var test = WithLifetime();
        var counter = test.Meter.CreateCounter<long>("c");
        var gauge = test.Meter.CreateGauge<double>("g");
        var histogram = test.Meter.CreateHistogram<double>("h");
        counter.Add(1);
        gauge.Record(1);
        histogram.Record(1);
        foreach (var family in test.Collect())
        {
            lock (family.Gate)
            {
                var series = family.Series[0]!;
                Assert.True(series.Use.TryBeginEnd(onlyIdle: true));
                WatchedMeasurements.Follow(series.Owner, series, series.Record(2), 2, []);
                Assert.False(series.Use.TryEnd(series, onlyIdle: true));
            }
        }

        var samples = test.Samples();
        Assert.Contains("c_total 3", samples);
        Assert.Contains("g 2", samples);
        Assert.Contains("h_count 2", samples);
    }

    [Fact]
    public void A_measurement_just_after_an_idle_series_was_found_unchanged_is_late()
    {
        using var test = WithLifetime();
        var counter = test.Meter.CreateCounter<long>("c");
        counter.Add(1);
        var owner = Assert.Single(test.Collect()).Series[0]!.Owner;
        var series = new MeasuredWhenCompared(LabelSet.From([], [], null)) { Owner = owner };
        series.Use.IdleSince(series, 0);
        Assert.True(series.Use.TryBeginEnd(onlyIdle: true));
        Assert.True(series.Use.TryEnd(series, onlyIdle: true));
        Assert.True(series.HasLate);
    }

    [Fact]
    public void A_late_measurement_does_not_bring_back_the_series_of_a_disposed_meter()
    {
        using var test = new TestCollector();
        using var keeps = new Meter(test.MeterName, null, [new("shard", 1)]);
        keeps.CreateCounter<int>("a").Add(1);
        var meter = new Meter(test.MeterName);
        var counter = meter.CreateCounter<int>("a");
        counter.Add(1);
        var series = Assert.Single(test.Collect()).Series[1]!;
        PrometheusMetrics.RemoveSeries(counter);
        meter.Dispose();
        keeps.Dispose();
        WatchedMeasurements.Follow(series.Owner, series, series.Record(1), 1, []);
        Assert.Empty(test.Samples());
    }

    [Fact]
    public async Task Threads_that_record_while_series_end_lose_nothing()
    {
        const int threads = 8;
        const int rounds = 20_000;
        using var test = WithLifetime();
        using var together = new Barrier(threads + 1);
        var sweeps = 0;
        var counter = test.Meter.CreateCounter<long>("c");
        var fractions = test.Meter.CreateCounter<double>("f");
        var histogram = test.Meter.CreateHistogram<double>("h");
        var removed = test.Meter.CreateCounter<long>("removed");
        void RecordAll(int thread)
        {
            together.SignalAndWait();
            for (var i = 0; i < rounds; i++)
            {
                // A few series at a time, so that others are idle; the threads meet in the same ones.
                var tag = new KeyValuePair<string, object?>("i", (i / 50 % 20) + (thread % 2));
                counter.Add(1, tag);
                fractions.Add(0.5, tag);
                histogram.Record(0.25, tag);
                removed.Add(1, tag);
                if (i % 1_000 == 0)
                {
                    using var meter = new Meter(test.MeterName, null, [new("thread", thread)]);
                    meter.CreateCounter<long>("c").Add(1);
                    PrometheusMetrics.RemoveSeries(removed, tag);
                    var seen = Volatile.Read(ref sweeps);
                    SpinWait.SpinUntil(() => Volatile.Read(ref sweeps) >= seen + 2);
                }
            }
        }

        var recording = Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () => RecordAll(thread), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        together.SignalAndWait();
        var tally = new Tally();
        ExpositionFormat[] formats = [TextFormat.Instance, TextFormat.OpenMetrics(default), ProtobufFormat.In(default)];
        for (var left = 3; left > 0; left -= recording.IsCompleted ? 1 : 0)
        {
            _clock.Passed += TimeSpan.FromSeconds(1);
            var families = test.Collect();
            tally.Read(families);
            _ = TestCollector.Bytes(families, formats[sweeps % formats.Length]);
            Interlocked.Increment(ref sweeps);
        }

        await recording;
        Assert.Equal(threads * rounds, tally.Of("c_total"));
        Assert.Equal(threads * rounds / 2, tally.Of("f_total"));
        Assert.Equal(threads * rounds, tally.Of("h"));
        Assert.Equal(3 * 21, tally.Labels);
        Assert.True(tally.Ended > tally.Labels, "No series returned.");
        Assert.Empty(test.Samples());
    }

    private TestCollector WithLifetime() =>
        new(clock: _clock, configure: options => options.SeriesLifetime = TimeSpan.FromSeconds(1));

    /// <summary>A series that another thread records into each time after it was compared with its mark.</summary>
    private sealed class MeasuredWhenCompared(LabelSet labels) : Series(labels)
    {
        private long _value;
        private long _marked;

        internal override bool HasLate => _value != _marked;

        internal override int Record(long value) => (int)(_value += value);

        internal override int Record(double value) => Record((long)value);

        internal override void Mark() => _marked = _value;

        internal override bool IsAsMarked()
        {
            var isAsMarked = !HasLate;
            Record(1);
            return isAsMarked;
        }
    }

    /// <summary>Adds up the values of series by their identity: each is read at least once between its last use and its end.</summary>
    private sealed class Tally
    {
        private readonly Dictionary<Series, (string Family, double Value)> _values = new(ReferenceEqualityComparer.Instance);

        internal int Ended => _values.Keys.Count(series => series.Use.IsEnded);

        internal int Labels => _values.Select(entry => (entry.Value.Family, entry.Key.Labels)).Distinct().Count();

        internal void Read(MetricFamily[] families)
        {
            foreach (var family in families)
            {
                foreach (var series in family.Series.OfType<Series>())
                {
                    if (family.Name != "removed_total" && !series.Use.IsEnded
                        && series.Labels.ToString().StartsWith("i=", StringComparison.Ordinal))
                    {
                        _values[series] = (family.Name, ValueOf(series));
                    }
                }
            }
        }

        internal double Of(string family) => _values.Values.Where(value => value.Family == family).Sum(value => value.Value);

        private static double ValueOf(Series series)
        {
            if (series is not HistogramSeries histogram)
            {
                return ((ScalarSeries)series).Value;
            }

            var counts = new long[16];
            histogram.Read(counts);
            return counts.Sum();
        }
    }
}
