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
            "tinyhost_metrics_overflowed_total{family=\"a_total\"} 5\n", TestCollector.Text(test.CollectOwn()), StringComparison.Ordinal);
        second.Dispose();
        Assert.Contains(
            "tinyhost_metrics_overflowed_total{family=\"a_total\"} 5\n", TestCollector.Text(test.CollectOwn()), StringComparison.Ordinal);
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
}
