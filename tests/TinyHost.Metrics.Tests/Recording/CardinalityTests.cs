using System.Diagnostics.Metrics;
using System.Globalization;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class CardinalityTests
{
    [Fact]
    public void Above_the_limit_measurements_go_to_one_series_without_loss()
    {
        using var test = new TestCollector(limit: 10);
        var counter = test.Meter.CreateCounter<int>("a");
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("i", i));
            }
        }

        var samples = test.Samples();
        Assert.Equal(11, samples.Length);
        Assert.Equal("""a_total{otel_metric_overflow="true"} 180""", samples[^1]);
        Assert.All(samples[..^1], sample => Assert.EndsWith(" 2", sample, StringComparison.Ordinal));
    }

    [Fact]
    public void Overflow_is_counted_and_logged_once()
    {
        using var test = new TestCollector(limit: 1);
        var counter = test.Meter.CreateCounter<int>("a");
        Assert.DoesNotContain("overflowed", TestCollector.Text(test.CollectOwn()), StringComparison.Ordinal);
        for (var i = 0; i < 5; i++)
        {
            counter.Add(10, new KeyValuePair<string, object?>("i", i));
        }

        test.Collect();
        Assert.Contains(
            "tinyhost_metrics_overflowed_total{family=\"a_total\"} 4\n", TestCollector.Text(test.CollectOwn()), StringComparison.Ordinal);
        Assert.Contains("a_total", Assert.Single(test.Log.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_limit_is_two_thousand()
    {
        using var test = new TestCollector(limit: new MetricsOptions().CardinalityLimit);
        var gauge = test.Meter.CreateGauge<int>("a");
        for (var i = 0; i < 3_000; i++)
        {
            gauge.Record(i, new KeyValuePair<string, object?>("i", i.ToString(CultureInfo.InvariantCulture)));
        }

        Assert.Equal(2_001, test.Samples().Length);
    }

    [Fact]
    public void A_tag_named_like_the_overflow_series_is_the_overflow_series()
    {
        using var test = new TestCollector(limit: 1);
        var counter = test.Meter.CreateCounter<int>("a");
        counter.Add(1, new KeyValuePair<string, object?>("otel.metric.overflow", true));
        counter.Add(1, new KeyValuePair<string, object?>("i", 1));
        Assert.Equal(["""a_total{otel_metric_overflow="true"} 2"""], test.Samples());
    }

    [Fact]
    public void The_overflow_count_does_not_decrease_when_a_meter_is_disposed()
    {
        using var test = new TestCollector(limit: 1);
        var second = new Meter(test.MeterName, null, [new("shard", 2)]);
        foreach (var meter in (Meter[])[test.Meter, second])
        {
            var counter = meter.CreateCounter<int>("a");
            for (var i = 0; i < 3; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("i", i));
            }
        }

        Assert.Contains(
            "tinyhost_metrics_overflowed_total{family=\"a_total\"} 4\n", TestCollector.Text(test.CollectOwn()), StringComparison.Ordinal);
        second.Dispose();
        Assert.Contains(
            "tinyhost_metrics_overflowed_total{family=\"a_total\"} 4\n", TestCollector.Text(test.CollectOwn()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_with_mutable_tags_keeps_counting_at_the_limit()
    {
        using var test = new TestCollector(limit: 2);
        var counter = test.Meter.CreateCounter<int>("a");
        for (var round = 0; round < 2; round++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", new[] { 1 }));
            counter.Add(1, new KeyValuePair<string, object?>("i", 1));
            counter.Add(1, new KeyValuePair<string, object?>("i", 2));
        }

        Assert.Equal(["""a_total{i="[1]"} 2""", """a_total{i="1"} 2""", """a_total{otel_metric_overflow="true"} 2"""], test.Samples());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Other_forms_of_the_same_tags_do_not_use_up_the_limit(bool overflowing)
    {
        using var test = new TestCollector(limit: 3);
        var counter = test.Meter.CreateCounter<int>("a");
        object[] ids = [1, true, DayOfWeek.Friday];
        Array.ForEach(ids, id => counter.Add(1, new KeyValuePair<string, object?>("id", id)));
        if (overflowing)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", "other"));
        }

        foreach (var text in (string[])["1", "true", "Friday"])
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", text));
            counter.Add(1, new("id", text), new("none", null), new("empty", ""));
        }

        counter.Add(1, new KeyValuePair<string, object?>("id", 1L));
        string[] expected = ["""a_total{id="1"} 4""", """a_total{id="true"} 3""", """a_total{id="Friday"} 3"""];
        Assert.Equal(overflowing ? [.. expected, """a_total{otel_metric_overflow="true"} 1"""] : expected, test.Samples());
    }

    [Fact]
    public void A_series_with_unlimited_forms_keeps_its_tag_sets_within_bounds()
    {
        using var test = new TestCollector(limit: 2);
        var counter = test.Meter.CreateCounter<int>("a");
        for (var i = 0; i < 1_000; i++)
        {
            counter.Add(1, new("x", 1), new($"empty{i}", ""));
        }

        var family = Assert.Single(test.Collect());
        Assert.InRange(family.Tables.For(family.Definition).HeldSeries().Count(), 1, 8);
        Assert.Equal(["""a_total{x="1"} 1000"""], test.Samples());
    }

    [Fact]
    public void The_limit_is_each_instruments_own()
    {
        using var test = new TestCollector(limit: 2);
        using var second = new Meter(test.MeterName, null, [new("shard", 2)]);
        foreach (var meter in (Meter[])[test.Meter, second])
        {
            var counter = meter.CreateCounter<int>("a");
            for (var i = 0; i < 3; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("i", i));
            }
        }

        Assert.Equal(
            [
                """a_total{i="0"} 1""", """a_total{i="1"} 1""", """a_total{otel_metric_overflow="true"} 1""",
                """a_total{i="0",shard="2"} 1""", """a_total{i="1",shard="2"} 1""", """a_total{otel_metric_overflow="true",shard="2"} 1""",
            ],
            test.Samples());
        test.Collect();

        // Once by name.
        Assert.Single(test.Log.Entries);
    }

    [Fact]
    public void Series_have_room_again_when_the_meter_that_used_up_the_limit_is_gone()
    {
        using var test = new TestCollector(limit: 2);
        var first = new Meter(test.MeterName, null, [new("shard", 1)]);
        using var second = new Meter(test.MeterName, null, [new("shard", 2)]);
        var filling = first.CreateCounter<int>("a");
        var waiting = second.CreateCounter<int>("a");
        for (var i = 0; i < 3; i++)
        {
            filling.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        waiting.Add(1);
        first.Dispose();
        waiting.Add(1, new KeyValuePair<string, object?>("i", 1));
        Assert.Equal(["""a_total{shard="2"} 1""", """a_total{i="1",shard="2"} 1"""], test.Samples());
    }

    [Fact]
    public void An_overflow_tells_how_many_values_each_label_has()
    {
        using var test = new TestCollector(limit: 6);
        var counter = test.Meter.CreateCounter<int>("a");
        for (var i = 0; i < 10; i++)
        {
            counter.Add(1, new("user.id", i), new("method", i % 2 == 0 ? "GET" : "POST"), new("constant", 1));
        }

        Assert.Contains("user_id 6, method 2, constant 1.", Assert.Single(LogOf(test)), StringComparison.Ordinal);
        var own = TestCollector.Text(test.CollectOwn());
        Assert.Contains("tinyhost_metrics_label_values{family=\"a_total\",label=\"user_id\"} 6\n", own, StringComparison.Ordinal);
        Assert.Contains("tinyhost_metrics_label_values{family=\"a_total\",label=\"method\"} 2\n", own, StringComparison.Ordinal);
        PrometheusMetrics.RemoveSeries(counter);
        Assert.DoesNotContain("label_values{", TestCollector.Text(test.CollectOwn()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_overflow_names_at_most_ten_labels()
    {
        using var test = new TestCollector(limit: 20);
        var counter = test.Meter.CreateCounter<int>("a");
        for (var i = 0; i < 30; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>($"name{i}", 1));
        }

        Assert.Equal(10, Assert.Single(LogOf(test)).Split("name").Length - 1);
    }

    [Fact]
    public void A_limit_below_one_is_refused_by_views_as_by_options()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new MetricView { CardinalityLimit = 0 });
        Assert.Contains("at least 1", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MetricView { SeriesLifetime = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentException>(() => new MetricsOptions { CardinalityLimit = 0 }.Validate());
        Assert.Throws<ArgumentException>(() => new MetricsOptions { SeriesLifetime = TimeSpan.FromTicks(-1) }.Validate());
    }

    private static IEnumerable<string> LogOf(TestCollector test)
    {
        test.Collect();
        test.Collect();
        return test.Log.Entries.Select(entry => entry.Message);
    }
}
