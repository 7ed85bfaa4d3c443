using System.Collections;
using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class ViewTests
{
    private static TestCollector WithView(Func<Instrument, MetricView?> view) => new(configure: options => options.View = view);

    [Fact]
    public void An_instrument_can_be_dropped()
    {
        using var test = WithView(instrument => instrument.Name == "a" ? MetricView.Dropped : null);
        var dropped = test.Meter.CreateCounter<int>("a");
        dropped.Add(1);
        test.Meter.CreateCounter<int>("b").Add(1);
        Assert.Equal(["b_total 1"], test.Samples());
        Assert.False(dropped.Enabled);
    }

    [Fact]
    public void An_instrument_can_have_another_name()
    {
        using var test = WithView(instrument => instrument.Name == "a" ? new MetricView { Name = "new.name" } : null);
        test.Meter.CreateCounter<int>("a", "s").Add(1);
        Assert.Equal(["new_name_seconds_total 1"], test.Samples());
    }

    [Fact]
    public void A_name_can_do_without_suffixes_in_every_format()
    {
        using var test = new TestCollector(configure: options =>
        {
            options.View = instrument => new MetricView
            {
                Name = instrument.Name == "jobs" ? "jobs.done" : null,
                AddSuffixes = false,
            };
            options.CreatedSamples = true;
        });
        test.Meter.CreateCounter<int>("jobs", "{job}").Add(1);
        test.Meter.CreateGauge<int>("temperature", "Cel").Record(20);
        test.Meter.CreateCounter<int>("errors.total", "s").Add(2);
        Assert.Equal(["errors_total 2", "jobs_done 1", "temperature 20"], test.Samples());
        Assert.Contains("# TYPE jobs_done counter\n", test.Text(), StringComparison.Ordinal);
        var openMetrics = TestCollector.Text(test.Collect(), TextFormat.OpenMetrics(EscapingScheme.Underscores));
        Assert.Contains("# TYPE jobs_done unknown\n", openMetrics, StringComparison.Ordinal);
        Assert.Contains("\njobs_done 1\n", openMetrics, StringComparison.Ordinal);
        Assert.DoesNotContain("# UNIT", openMetrics, StringComparison.Ordinal);
        Assert.DoesNotContain("jobs_done_created", openMetrics, StringComparison.Ordinal);
        Assert.Contains(
            "{\"jobs.done\"} 1\n",
            TestCollector.Text(test.Collect(), TextFormat.Plain(EscapingScheme.AllowUtf8)),
            StringComparison.Ordinal);
        Assert.Equal(
            ["errors_total", "jobs_done", "temperature"],
            TestCollector.Protobuf(test.Collect()).Select(family => family.Get<string>("name")));
    }

    [Fact]
    public void A_counter_without_suffix_and_one_with_it_cannot_share_a_name()
    {
        using var test = WithView(instrument => new MetricView { AddSuffixes = instrument.Name != "a" });
        test.Meter.CreateCounter<int>("a").Add(1);
        test.Meter.CreateCounter<int>("a.total").Add(2);
        Assert.Equal(["a 1"], test.Samples());
        Assert.Contains("a.total", Assert.Single(test.Log.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_tags_kept_by_the_view_create_series()
    {
        using var test = WithView(_ => new MetricView { Tags = ["a", "constant"] });
        var counter = test.Meter.CreateCounter<int>("c", null, null, [new("constant", 1), new("other", 2)]);
        for (var i = 0; i < 5_000; i++)
        {
            counter.Add(1, new("b", i), new("a", i % 2));
        }

        counter.Add(1, [.. Enumerable.Range(0, 40).Select(i => new KeyValuePair<string, object?>(i == 30 ? "a" : $"t{i}", 1))]);
        Assert.Equal(["c_total{a=\"0\",constant=\"1\"} 2500", "c_total{a=\"1\",constant=\"1\"} 2501"], test.Samples());
    }

    [Fact]
    public void Scope_labels_survive_a_view_that_drops_tags()
    {
        using var test = new TestCollector(configure: options =>
        {
            options.View = _ => new MetricView { Tags = ["a"] };
            options.ScopeLabels = true;
        });
        test.Meter.CreateCounter<int>("c", null, null, [new("other", 2)]).Add(1, new("a", 1), new("b", 2));
        Assert.Equal([$"c_total{{a=\"1\",otel_scope_name=\"{test.MeterName}\"}} 1"], test.Samples());
    }

    [Fact]
    public void Observed_sums_add_up_over_dropped_tags()
    {
        using var test = WithView(_ => new MetricView { Tags = [] });
        test.Meter.CreateObservableCounter("c", () =>
            new Measurement<int>[]
            {
                new(1, new KeyValuePair<string, object?>("a", 1)),
                new(2, new KeyValuePair<string, object?>("a", 2)),
            });
        Assert.Equal(["c_total 3"], test.Samples());
        Assert.Equal(["c_total 3"], test.Samples());
    }

    [Fact]
    public void Dropping_tags_allocates_nothing()
    {
        using var test = WithView(_ => new MetricView { Tags = ["a"] });
        var counter = test.Meter.CreateCounter<int>("c");
        object value = 1;
        for (var i = 0; i < 100; i++)
        {
            counter.Add(1, new("a", value), new("b", value));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        counter.Add(1, new("a", value), new("b", value));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Bounds_of_the_options_override_the_views_which_override_advice()
    {
        using var test = new TestCollector(configure: options =>
        {
            options.View = _ => new MetricView { Boundaries = [2] };
            options.Buckets["B.Instrument"] = [3, 1];
        });
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [9] };
        test.Meter.CreateHistogram("a", null, null, null, advice).Record(1);
        test.Meter.CreateHistogram("b.instrument", null, null, null, advice).Record(1);
        var samples = test.Samples();
        Assert.Equal(["a_bucket{le=\"2\"} 1", "a_bucket{le=\"+Inf\"} 1"], samples.Where(
            sample => sample.StartsWith("a_bucket", StringComparison.Ordinal)));
        Assert.Equal(3, samples.Count(sample => sample.StartsWith("b_instrument_bucket", StringComparison.Ordinal)));
    }

    [Fact]
    public void Each_instrument_can_have_its_own_limit()
    {
        using var test = new TestCollector(configure: options =>
        {
            options.View = instrument => instrument.Name == "a" ? new MetricView { CardinalityLimit = 1 } : null;
            options.CardinalityLimits["b"] = 2;
        });
        foreach (var name in (string[])["a", "b", "c"])
        {
            var counter = test.Meter.CreateCounter<int>(name);
            for (var i = 0; i < 5; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("i", i));
            }
        }

        var samples = test.Samples();
        Assert.Contains("a_total{otel_metric_overflow=\"true\"} 4", samples);
        Assert.Contains("b_total{otel_metric_overflow=\"true\"} 3", samples);
        Assert.Equal(5, samples.Count(sample => sample.StartsWith("c_total", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_view_that_throws_is_logged_and_leaves_the_instrument_unchanged()
    {
        using var test = WithView(_ => throw new InvalidOperationException("broken"));
        test.Meter.CreateCounter<int>("a").Add(1);
        Assert.Equal(["a_total 1"], test.Samples());
        Assert.Contains(test.Log.Entries, entry =>
            entry.Message.Contains(test.MeterName, StringComparison.Ordinal) && entry.Exception?.Message == "broken");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_view_whose_collections_fail_is_logged_and_leaves_the_instrument_unchanged(bool tags)
    {
        using var test = WithView(
            _ => tags ? new MetricView { Tags = new Failing<string>() } : new MetricView { Boundaries = new Failing<double>() });
        test.Meter.CreateHistogram<int>("a").Record(1, new KeyValuePair<string, object?>("k", 1));
        Assert.Contains("""a_count{k="1"} 1""", test.Samples());
        Assert.Contains(
            test.Log.Entries, entry => entry.Message.StartsWith("The view failed for instrument a of", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_instruments_of_one_family_keep_their_own_tags()
    {
        using var test = WithView(
            instrument => instrument.Name.Length == 1 ? new MetricView { Name = "jobs", Tags = [instrument.Name] } : null);
        test.Meter.CreateCounter<int>("a").Add(1, new("a", 1), new("b", 1));
        test.Meter.CreateCounter<int>("b").Add(2, new("a", 2), new("b", 2));
        test.Meter.CreateCounter<int>("a").Add(4, new("a", 1), new("b", 3));
        Assert.Equal(["""jobs_total{a="1"} 5""", """jobs_total{b="2"} 2"""], test.Samples());
    }

    private sealed class Failing<T> : IReadOnlyCollection<T>
    {
        public int Count => 1;

        public IEnumerator<T> GetEnumerator() => throw new InvalidOperationException("broken");

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
