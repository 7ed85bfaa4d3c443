using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

/// <summary>Instruments whose names clash, merge or vanish: each ends in one line of the log.</summary>
public sealed class NameReportTests
{
    [Theory]
    [InlineData("订单")]
    [InlineData("用户")]
    [InlineData("")]
    [InlineData("_total")]
    [InlineData("___")]
    public void A_counter_with_nothing_left_of_its_name_is_left_out_and_logged_once(string name)
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>(name);
        counter.Add(1);
        using var again = new Meter(test.MeterName);
        again.CreateCounter<int>(name, "s").Add(1);
        Assert.False(counter.Enabled);
        Assert.Empty(test.Samples());
        var (level, message, _) = Assert.Single(test.Log.Entries);
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith($"Instrument {name} of meter {test.MeterName} is left out", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_instrument_with_nothing_left_of_its_name_is_logged()
    {
        using var test = new TestCollector();
        test.Meter.CreateCounter<int>("订单").Add(1);
        test.Meter.CreateObservableGauge("用户", () => 1, "s");
        test.Meter.CreateHistogram<int>("---", "By").Record(1);
        Assert.Empty(test.Samples());
        Assert.Equal(3, test.Log.Entries.Count);
    }

    [Fact]
    public void The_number_of_log_entries_is_bounded()
    {
        using var test = new TestCollector();
        for (var i = 1; i <= 1_100; i++)
        {
            test.Meter.CreateCounter<int>(new string('.', i));
        }

        Assert.Equal(1_000, test.Log.Entries.Count);
    }

    [Fact]
    public void What_happens_again_to_a_meter_that_is_made_again_is_not_logged_again()
    {
        using var test = new TestCollector(limit: 1, configure: options => options.View = instrument =>
            instrument.Name == "viewed" ? throw new InvalidOperationException("broken") : null);
        for (var i = 0; i < 3; i++)
        {
            using var meter = new Meter(test.MeterName);
            var counter = meter.CreateCounter<int>("c");
            counter.Add(1, new("a.b", 1), new("a_b", 2));
            counter.Add(1, new KeyValuePair<string, object?>("more", 1));
            counter.Add(-1);
            meter.CreateCounter<int>("viewed").Add(1);
            meter.CreateObservableGauge("failing", int () => throw new InvalidOperationException("broken"));
            test.Collect();
        }

        Assert.Equal(
            [
                "Family c_total dropped", "Instrument c of", "Tags a.b and", "The callback of", "The view failed",
            ],
            test.Log.Entries.Select(entry => string.Join(' ', entry.Message.Split(' ')[..3])).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_view_can_give_such_an_instrument_a_name_or_take_one_away()
    {
        using var test = new TestCollector(configure: options => options.View = instrument => instrument.Name switch
        {
            "订单" => new MetricView { Name = "orders" },
            "users" => new MetricView { Name = "用户" },
            "plain" => new MetricView { Name = "___", AddSuffixes = false },
            _ => null,
        });
        test.Meter.CreateCounter<int>("订单").Add(1);
        test.Meter.CreateCounter<int>("users").Add(2);
        test.Meter.CreateGauge<int>("plain", "s").Record(3);
        Assert.Equal(["orders_total 1"], test.Samples());
        Assert.Equal(2, test.Log.Entries.Count);
        Assert.Contains("Instrument users of", test.Log.Entries[0].Message, StringComparison.Ordinal);
        Assert.Contains("\"用户\"", test.Log.Entries[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.b", null, "a_b", null)]
    [InlineData("a_b", null, "a-b", null)]
    [InlineData("foo", null, "foo.total", null)]
    [InlineData("foo", "s", "foo.seconds", null)]
    [InlineData("foo", "s", "foo_seconds_total", "{foo}")]
    [InlineData("größe", null, "grüße", null)]
    [InlineData("a b", null, "a\tb", null)]
    public void Counters_whose_names_become_one_are_added_and_logged_once(string first, string? unit, string second, string? otherUnit)
    {
        using var test = new TestCollector();
        test.Meter.CreateCounter<int>(first, unit).Add(1);
        for (var i = 0; i < 3; i++)
        {
            using var meter = new Meter(test.MeterName);
            meter.CreateCounter<int>(second, otherUnit).Add(2);
        }

        test.Meter.CreateCounter<int>(second, otherUnit).Add(4);
        Assert.EndsWith(" 11", Assert.Single(test.Samples()), StringComparison.Ordinal);
        var message = Assert.Single(test.Log.Entries).Message;
        Assert.Contains("shares family", message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
        Assert.DoesNotContain(message, char.IsSurrogate);
    }

    [Fact]
    public void Instruments_of_one_name_in_several_meters_share_their_family_without_a_log_entry()
    {
        var other = TestCollector.NewMeterName();
        using var test = new TestCollector(configure: options => options.Meters.Add(other));
        using var second = new Meter(other);
        test.Meter.CreateCounter<int>("orders").Add(1);
        test.Meter.CreateCounter<int>("orders").Add(1);
        second.CreateCounter<int>("orders").Add(1);
        Assert.Equal(["orders_total 3"], test.Samples());
        Assert.Empty(test.Log.Entries);
    }

    [Fact]
    public void Instruments_that_differ_in_the_unit_left_out_by_a_view_are_logged()
    {
        var other = TestCollector.NewMeterName();
        using var test = new TestCollector(configure: options =>
        {
            options.Meters.Add(other);
            options.View = _ => new MetricView { AddSuffixes = false };
        });
        using var second = new Meter(other);
        test.Meter.CreateCounter<int>("time", "s").Add(1);
        second.CreateCounter<int>("time", "ms").Add(1);
        Assert.Equal(["time 2"], test.Samples());
        Assert.Single(test.Log.Entries);
    }

    [Fact]
    public void The_reason_of_a_collision_is_told()
    {
        using var test = new TestCollector();
        test.Meter.CreateGauge<int>("gauge.a").Record(1);
        test.Meter.CreateGauge<int>("gauge_a").Record(1);
        test.Meter.CreateUpDownCounter<int>("gauge-a").Add(1);
        test.Meter.CreateHistogram<int>("foo").Record(1);
        test.Meter.CreateHistogram<int>("f.o").Record(1);
        test.Meter.CreateHistogram("f_o", null, null, null, new InstrumentAdvice<int> { HistogramBucketBoundaries = [1] });
        test.Meter.CreateCounter<int>("foo.count").Add(1);
        test.Meter.CreateGauge<int>("foo_bucket").Record(1);
        string[] messages = [.. test.Log.Entries.Select(entry => entry.Message)];
        Assert.Equal(5, messages.Length);
        Assert.Contains("and each of the two gauges would overwrite the values of the other", messages[0], StringComparison.Ordinal);
        Assert.Contains("which is of another kind (Gauge)", messages[1], StringComparison.Ordinal);
        Assert.Contains("which has other buckets", messages[2], StringComparison.Ordinal);
        Assert.Contains("whose family foo has or may have samples of that name", messages[3], StringComparison.Ordinal);
        Assert.Contains("whose family foo has or may have samples of that name", messages[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.b", "a_b")]
    [InlineData("a.b", "a-b")]
    [InlineData("", "_")]
    [InlineData("__name__", "_name_")]
    [InlineData("a", "a")]
    public void Tags_of_a_measurement_with_one_label_are_joined_and_logged_once(string first, string second)
    {
        using var test = new TestCollector();
        var counter = test.Meter.CreateCounter<int>("c");
        counter.Add(1, new(first, 1), new(second, 2), new("z", 3));
        counter.Add(1, new(first, 3), new(second, 4));
        test.Samples();
        Assert.Contains(test.Samples(), sample => sample.EndsWith("=\"3;4\"} 1", StringComparison.Ordinal)
            || sample.EndsWith("=\"4;3\"} 1", StringComparison.Ordinal));
        Assert.StartsWith("Tags ", Assert.Single(test.Log.Entries).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.b", "a_b")]
    [InlineData("größe", "grüße")]
    [InlineData("le", "exported.le")]
    public void Tags_of_two_series_that_become_one_are_logged_once(string first, string second)
    {
        using var test = new TestCollector();
        var histogram = test.Meter.CreateHistogram<int>("h");
        histogram.Record(1, new KeyValuePair<string, object?>(first, 1));
        histogram.Record(1, new KeyValuePair<string, object?>(second, 2));
        Assert.Empty(test.Log.Entries);
        histogram.Record(1, new KeyValuePair<string, object?>(second, 1));
        test.Samples();
        Assert.Contains(test.Samples(), sample =>
            sample.StartsWith("h_count", StringComparison.Ordinal) && sample.EndsWith(" 2", StringComparison.Ordinal));
        var message = Assert.Single(test.Log.Entries).Message;
        Assert.Contains(second, message, StringComparison.Ordinal);
        Assert.Contains("of family h ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Distinct_tags_in_any_order_and_of_any_type_are_not_logged()
    {
        using var test = new TestCollector(configure: options => options.Labels["env"] = "prod");
        var counter = test.Meter.CreateCounter<int>("c", null, null, [new("fixed", 1)]);
        counter.Add(1, new("a.b", 1), new("a.c", 2), new("订单", 3), new("用户", 3), new("le", 1), new("quantile", 1));
        counter.Add(1, new("quantile", "1"), new("le", "1"), new("用户", 3L), new("订单", "3"), new("a.c", "2"), new("a.b", 1.0));
        Assert.EndsWith(" 2", Assert.Single(test.Samples()), StringComparison.Ordinal);
        Assert.Empty(test.Log.Entries);
    }

    [Fact]
    public void Long_names_and_control_characters_are_readable_in_the_log()
    {
        using var test = new TestCollector();
        var name = new string('n', 10_000);
        test.Meter.CreateGauge<int>(name + ".a\r\nb").Record(1);
        test.Meter.CreateGauge<int>(name + "_a b").Record(1);
        test.Meter.CreateGauge<int>("x\ny\u2028z\uD83D").Record(1);
        test.Meter.CreateGauge<int>("x y z").Record(1);
        Assert.Equal([name + "_a_b 1", "x_y_z 1", "x_y_z_ 1"], test.Samples().Order(StringComparer.Ordinal));
        test.Meter.CreateGauge<int>("x\ry\u2029z\uDE00").Record(1);
        Assert.Equal(2, test.Log.Entries.Count);
        Assert.All(test.Log.Entries, entry =>
        {
            Assert.True(entry.Message.Length < 1_500);
            Assert.DoesNotContain(entry.Message, c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029');
        });
    }
}
