using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;

namespace TinyHost.Metrics.Tests.Recording;

public sealed class SeriesLifetimeTests : IDisposable
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(10);

    private readonly SetClock _clock = new();
    private readonly TestCollector _test;

    public SeriesLifetimeTests() => _test = NewCollector();

    public void Dispose() => _test.Dispose();

    [Fact]
    public void A_series_that_is_not_used_for_its_lifetime_disappears()
    {
        var counter = _test.Meter.CreateCounter<int>("a");
        counter.Add(1, Tag(1));
        counter.Add(1, Tag(2));
        Assert.Equal(2, ScrapeAfter(TimeSpan.Zero).Length);
        counter.Add(1, Tag(2));
        Assert.Equal(["""a_total{i="1"} 1""", """a_total{i="2"} 2"""], ScrapeAfter(s_lifetime - TimeSpan.FromTicks(1)));
        Assert.Equal(["""a_total{i="2"} 2"""], ScrapeAfter(TimeSpan.FromTicks(1)));
        Assert.Empty(ScrapeAfter(s_lifetime));
    }

    [Fact]
    public void Every_value_is_exposed_before_its_series_ends_however_rare_scrapes_are()
    {
        var counter = _test.Meter.CreateCounter<int>("a");
        counter.Add(1);
        Assert.Equal(["a_total 1"], ScrapeAfter(10 * s_lifetime));
        counter.Add(1);
        Assert.Equal(["a_total 2"], ScrapeAfter(10 * s_lifetime));
        Assert.Empty(ScrapeAfter(s_lifetime));
    }

    [Fact]
    public void Without_a_lifetime_series_stay()
    {
        using var test = new TestCollector(clock: _clock);
        test.Meter.CreateCounter<int>("a").Add(1);
        _ = test.Samples();
        _clock.Passed += TimeSpan.FromDays(1_000);
        Assert.Equal(["a_total 1"], test.Samples());
    }

    [Fact]
    public void A_returning_series_starts_again_with_a_new_time_of_creation()
    {
        var counter = _test.Meter.CreateCounter<int>("a");
        counter.Add(5);
        var before = Created();
        Expire();
        Assert.Empty(_test.Samples());
        counter.Add(2);
        Assert.Equal(["a_total 2"], _test.Samples());
        Assert.Equal(before + _clock.Passed.TotalSeconds, Created());

        double Created() => Assert.Single(_test.Collect()).Series[0]!.Created;
    }

    [Fact]
    public void A_measurement_that_changes_nothing_is_a_use()
    {
        var gauge = _test.Meter.CreateGauge<int>("g");
        var counter = _test.Meter.CreateCounter<int>("c");
        for (var i = 0; i < 5; i++)
        {
            gauge.Record(7);
            counter.Add(0);
            Assert.Equal(["c_total 0", "g 7"], ScrapeAfter(s_lifetime));
        }

        Assert.Empty(ScrapeAfter(s_lifetime));
    }

    [Fact]
    public void An_UpDownCounter_ends_only_at_zero()
    {
        var upDown = _test.Meter.CreateUpDownCounter<int>("u");
        upDown.Add(3);
        Expire();
        Assert.Equal(["u 3"], _test.Samples());
        upDown.Add(-3);
        Assert.Equal(["u 0"], ScrapeAfter(s_lifetime));
        Assert.Empty(ScrapeAfter(s_lifetime));
        upDown.Add(-1);
        upDown.Add(2);
        Assert.Equal(["u 1"], _test.Samples());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Histograms_end_and_return_empty(bool native)
    {
        using var test = NewCollector(options =>
        {
            if (native)
            {
                options.NativeHistograms["h"] = new NativeHistogramOptions();
            }
        });
        var histogram = test.Meter.CreateHistogram<double>("h");
        foreach (var value in (double[])[1, native ? double.NaN : 1])
        {
            histogram.Record(value);
            Assert.Contains("h_count 1", test.Samples());
            _clock.Passed += s_lifetime;
            Assert.Empty(test.Samples());
        }

        histogram.Record(2);
        Assert.Contains("h_sum 2", test.Samples());
    }

    [Fact]
    public void Ended_series_make_room_and_their_memory_is_released()
    {
        using var test = NewCollector(options => options.CardinalityLimit = 100);
        var counter = test.Meter.CreateCounter<int>("a");
        for (var round = 0; round < 50; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("i", (100 * round) + i));
            }

            Assert.Equal(100, test.Samples().Length);
            _clock.Passed += s_lifetime;
            var family = Assert.Single(test.Collect());
            Assert.Equal(0, family.SeriesCount);
            Assert.Empty(family.Tables.For(family.Definition).HeldSeries());
        }

        Assert.Empty(test.Log.Entries);
    }

    [Fact]
    public void An_overflow_ends_when_series_do()
    {
        using var test = NewCollector(options => options.CardinalityLimit = 1);
        var counter = test.Meter.CreateCounter<int>("a");
        counter.Add(1, Tag(1));
        counter.Add(1, Tag(2));
        Assert.Equal(["""a_total{i="1"} 1""", """a_total{otel_metric_overflow="true"} 1"""], test.Samples());
        counter.Add(1, Tag(3));
        _clock.Passed += s_lifetime;
        Assert.Equal(["""a_total{otel_metric_overflow="true"} 2"""], test.Samples());
        counter.Add(1, Tag(4));
        Assert.Equal(["""a_total{otel_metric_overflow="true"} 2""", """a_total{i="4"} 1"""], test.Samples());
    }

    [Fact]
    public void A_view_sets_the_lifetime_of_an_instrument()
    {
        using var test = NewCollector(options => options.View = instrument => instrument.Name switch
        {
            "short" => new MetricView { SeriesLifetime = TimeSpan.FromSeconds(1) },
            "for.ever" => new MetricView { SeriesLifetime = TimeSpan.Zero },
            _ => null,
        });
        foreach (var name in (string[])["short", "for.ever", "default"])
        {
            test.Meter.CreateCounter<int>(name).Add(1);
        }

        _ = test.Samples();
        _clock.Passed += TimeSpan.FromSeconds(1);
        Assert.Equal(["default_total 1", "for_ever_total 1"], test.Samples());
        _clock.Passed += s_lifetime;
        Assert.Equal(["for_ever_total 1"], test.Samples());
    }

    [Fact]
    public void Observed_series_live_as_long_as_they_are_reported()
    {
        _test.Meter.CreateObservableCounter("o", () => 1);
        Expire();
        Assert.Equal(["o_total 1"], _test.Samples());
    }

    [Fact]
    public void A_scrape_in_progress_leaves_out_a_series_that_ends()
    {
        var counter = _test.Meter.CreateCounter<int>("a");
        counter.Add(1, Tag(1));
        counter.Add(1, Tag(2));
        var families = _test.Collect();
        Expire();
        Assert.Equal("", TestCollector.Text(families));
    }

    private static KeyValuePair<string, object?> Tag(int i) => new("i", i);

    private TestCollector NewCollector(Action<MetricsOptions>? configure = null) => new(clock: _clock, configure: options =>
    {
        options.SeriesLifetime = s_lifetime;
        options.CreatedSamples = true;
        configure?.Invoke(options);
    });

    private string[] ScrapeAfter(TimeSpan time)
    {
        _clock.Passed += time;
        return _test.Samples();
    }

    private void Expire()
    {
        _ = _test.Samples();
        ScrapeAfter(s_lifetime);
    }
}
