using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

public sealed class ScrapePaceTests
{
    private static readonly TimeSpan s_burst = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    // What writing them takes.
    private static readonly TimeSpan s_fiftyThousandSeries = TimeSpan.FromMilliseconds(29);

    private readonly ManualTime _time = new();
    private readonly AppTraffic _traffic = new();

    [Fact]
    public void A_scrape_continues_within_a_burst()
    {
        var pace = Begin(long.MaxValue);
        _traffic.Note();
        _time.Advance(s_burst - TimeSpan.FromTicks(1));
        Assert.True(pace.YieldAsync().IsCompleted);
    }

    [Fact]
    public async Task A_scrape_of_an_idle_app_does_not_pause()
    {
        _traffic.Note();
        var pace = Begin(long.MaxValue);
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(s_burst);
            await pace.YieldAsync().WaitAsync(TestTimeout.Long);
        }

        Assert.Equal(0, _time.TimerCount);
    }

    [Fact]
    public async Task A_scrape_pauses_after_each_burst_while_the_app_has_requests()
    {
        var pace = Begin(long.MaxValue);
        for (var i = 0; i < 10; i++)
        {
            _traffic.Note();
            _time.Advance(s_burst);
            var others = pace.YieldAsync();
            _time.Advance(s_pause - TimeSpan.FromTicks(1));
            Assert.False(others.IsCompleted);
            _time.Advance(TimeSpan.FromTicks(1));
            await others.WaitAsync(TestTimeout.Long);
        }
    }

    [Fact]
    public async Task A_request_during_a_pause_causes_another_pause()
    {
        var pace = Begin(long.MaxValue);
        _traffic.Note();
        _time.Advance(s_burst);
        var others = pace.YieldAsync();
        _traffic.Note();
        _time.Advance(s_pause);
        await others.WaitAsync(TestTimeout.Long);
        _time.Advance(s_burst);
        others = pace.YieldAsync();
        Assert.False(others.IsCompleted);
        _time.Advance(s_pause);
        await others.WaitAsync(TestTimeout.Long);
    }

    [Theory]
    [InlineData(250, 3)]
    [InlineData(1_000, 2)]
    public void A_backlog_of_the_thread_pool_delays_fifty_thousand_series_by_a_few_waits(int waitMilliseconds, int maxWaits) =>
        Assert.InRange(CountWaits(Begin(long.MaxValue), s_fiftyThousandSeries, waitMilliseconds), 1, maxWaits);

    [Fact]
    public async Task A_pause_that_a_backlog_lengthens_is_the_last()
    {
        var pace = Begin(long.MaxValue);
        _traffic.Note();
        _time.Advance(s_burst);
        var others = pace.YieldAsync();
        _time.Suspend(TimeSpan.FromMilliseconds(250));
        _time.Advance(TimeSpan.FromTicks(1));
        await others.WaitAsync(TestTimeout.Long);
        _traffic.Note();
        Assert.InRange(CountWaits(pace, s_fiftyThousandSeries, 250), 1, 3);
        Assert.Equal(0, _time.TimerCount);
    }

    [Fact]
    public async Task Late_timers_do_not_end_the_pauses()
    {
        var pace = Begin(long.MaxValue);
        for (var i = 0; i < 10; i++)
        {
            _traffic.Note();
            _time.Advance(s_burst);
            var others = pace.YieldAsync();
            Assert.False(others.IsCompleted);
            _time.Suspend(3 * s_pause);
            _time.Advance(s_pause);
            await others.WaitAsync(TestTimeout.Long);
        }
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(60, 5)]
    public async Task A_scrape_does_not_pause_in_the_second_half_of_its_time_or_after_five_seconds(int limit, int pausesFor)
    {
        var pace = Begin(_time.GetTimestamp() + TimeSpan.FromSeconds(limit).Ticks);
        _traffic.Note();
        _time.Advance(TimeSpan.FromSeconds(pausesFor));
        await pace.YieldAsync().WaitAsync(TestTimeout.Long);
        Assert.Equal(0, _time.TimerCount);
    }

    [Fact]
    public async Task A_scrape_ends_at_its_deadline()
    {
        var pace = Begin(_time.GetTimestamp() + TimeSpan.FromSeconds(1).Ticks);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<ScrapeEndedException>(() => pace.YieldAsync());
    }

    [Fact]
    public void A_scrape_past_its_deadline_does_not_start_writing() =>
        Assert.Throws<ScrapeEndedException>(() => Begin(_time.GetTimestamp()));

    [Fact]
    public void Concurrent_questions_about_traffic_are_independent()
    {
        var first = _traffic.Ask();
        _traffic.Note();
        var second = _traffic.Ask();
        Assert.True(_traffic.HasComeSince(first));
        Assert.False(_traffic.HasComeSince(second));
        _traffic.Note();
        Assert.True(_traffic.HasComeSince(first));
        Assert.True(_traffic.HasComeSince(second));
    }

    // How often a scrape waits in the queue of the pool until its work, in pieces, is done.
    private int CountWaits(ScrapePace pace, TimeSpan work, int waitMilliseconds)
    {
        var piece = TimeSpan.FromMicroseconds(300);
        var pool = new HeldContext();
        var waits = 0;
        for (var done = TimeSpan.Zero; done < work; done += piece)
        {
            _time.Suspend(piece);
            var others = pool.Run(pace.YieldAsync);
            if (!others.IsCompleted)
            {
                waits++;
                _time.Suspend(TimeSpan.FromMilliseconds(waitMilliseconds));
                pool.RunNext();
                Assert.True(others.IsCompletedSuccessfully);
            }
        }

        return waits;
    }

    private ScrapePace Begin(long deadline) => new(_time, _traffic, new ScrapeDeadline(_time, deadline));
}
