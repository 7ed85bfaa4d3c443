using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class ObservableTests
{
    private static Measurement<long> Measurement(long value, string name) => new(value, new KeyValuePair<string, object?>("n", name));

    [Fact]
    public void Series_that_observables_stop_reporting_disappear()
    {
        using var test = new TestCollector();
        List<Measurement<long>> reported = [Measurement(1, "a"), Measurement(2, "b")];
        test.Meter.CreateObservableGauge("g", () => reported);
        Assert.Equal(["""g{n="a"} 1""", """g{n="b"} 2"""], test.Samples());
        reported.RemoveAt(0);
        Assert.Equal(["""g{n="b"} 2"""], test.Samples());
        reported.Clear();
        Assert.Empty(test.Text());
        reported.Add(Measurement(3, "a"));
        Assert.Equal(["""g{n="a"} 3"""], test.Samples());
    }

    [Fact]
    public void Series_that_come_and_go_do_not_use_up_the_limit()
    {
        using var test = new TestCollector(limit: 4);
        long run = 0;
        test.Meter.CreateObservableGauge("g", () => new[] { Measurement(run, $"{run}"), Measurement(run, $"{run}b") });
        for (run = 0; run < 20; run++)
        {
            Assert.Equal([$"g{{n=\"{run}\"}} {run}", $"g{{n=\"{run}b\"}} {run}"], test.Samples());
        }
    }

    [Fact]
    public void Above_the_limit_observed_sums_are_added_up_at_each_collection()
    {
        using var test = new TestCollector(limit: 2);
        test.Meter.CreateObservableCounter("c", () => Enumerable.Range(1, 5).Select(i => Measurement(i, $"{i}")));
        string[] expected = ["""c_total{n="1"} 1""", """c_total{n="2"} 2""", """c_total{otel_metric_overflow="true"} 12"""];
        Assert.Equal(expected, test.Samples());
        Assert.Equal(expected, test.Samples());
    }

    [Fact]
    public void The_last_report_for_a_tag_set_wins()
    {
        using var test = new TestCollector();
        test.Meter.CreateObservableCounter("c", () => new[] { Measurement(1, "a"), Measurement(5, "a") });
        Assert.Equal(["""c_total{n="a"} 5"""], test.Samples());
    }

    [Fact]
    public void Sums_of_two_meters_of_one_name_are_added()
    {
        using var test = new TestCollector();
        using var second = new Meter(test.MeterName);
        test.Meter.CreateObservableUpDownCounter("u", () => 3L);
        second.CreateObservableUpDownCounter("u", () => 4L);
        test.Meter.CreateObservableGauge("v", () => 3L);
        second.CreateObservableGauge("v", () => 4L);
        Assert.Equal(["u 7", "v 4"], test.Samples());
        Assert.Equal(["u 7", "v 4"], test.Samples());
        second.Dispose();
        Assert.Equal(["u 3", "v 3"], test.Samples());
    }

    [Fact]
    public void A_callback_that_throws_does_not_change_an_exposition_of_an_earlier_collection()
    {
        using var test = new TestCollector();
        var fails = false;
        test.Meter.CreateObservableGauge(
            "g", () => fails ? throw new InvalidOperationException("broken") : new[] { Measurement(1, "a"), Measurement(2, "b") });
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var exposition = new Exposition(TextFormat.Instance, test.Collect());
        Assert.True(exposition.Write(output, 1));
        fails = true;
        Assert.Empty(test.Collect());
        while (exposition.Write(output, 1))
        {
        }

        Assert.EndsWith("g{n=\"a\"} 1\ng{n=\"b\"} 2\n", System.Text.Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public void A_callback_that_throws_costs_its_own_family_and_is_logged_once()
    {
        using var test = new TestCollector();
        var fails = true;
        test.Meter.CreateObservableGauge("bad", () => fails ? throw new InvalidOperationException("broken") : 1L);
        test.Meter.CreateObservableGauge("good", () => 2L);
        Assert.Equal(["good 2"], test.Samples());
        Assert.Equal(["good 2"], test.Samples());
        fails = false;
        Assert.Equal(["bad 1", "good 2"], test.Samples());
        fails = true;
        Assert.Equal(["good 2"], test.Samples());

        var (level, message, exception) = Assert.Single(test.Log.Entries);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains("bad", message, StringComparison.Ordinal);
        Assert.Equal("broken", exception?.Message);
    }

    [Fact]
    public void A_callback_that_throws_after_its_first_measurement_exposes_nothing()
    {
        using var test = new TestCollector();
        var fails = false;
        IEnumerable<Measurement<long>> Report()
        {
            yield return Measurement(1, "a");
            if (fails)
            {
                throw new InvalidOperationException("broken");
            }

            yield return Measurement(2, "b");
        }

        test.Meter.CreateObservableCounter("c", Report);
        Assert.Equal(2, test.Samples().Length);
        fails = true;
        Assert.Empty(test.Samples());
        fails = false;
        Assert.Equal(2, test.Samples().Length);
    }

    [Fact]
    public void A_sum_never_lacks_the_part_of_a_callback_that_throws()
    {
        using var test = new TestCollector();
        using var second = new Meter(test.MeterName);
        var fails = false;
        test.Meter.CreateObservableCounter("c", () => 10L);
        second.CreateObservableCounter("c", () => fails ? throw new InvalidOperationException("broken") : 5L);
        Assert.Equal(["c_total 15"], test.Samples());
        fails = true;
        Assert.Empty(test.Samples());
    }

    [Fact]
    public void A_callback_may_record_and_create_instruments()
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("a");
        test.Meter.CreateObservableGauge("g", () =>
        {
            counter.Add(1);
            test.Meter.CreateCounter<int>("late").Add(1);
            return 1L;
        });
        Assert.Contains("a_total 1", test.Samples());
        Assert.Contains("late_total 2", test.Samples());
    }
}
