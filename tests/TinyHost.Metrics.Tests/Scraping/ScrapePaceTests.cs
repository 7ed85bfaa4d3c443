using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

public sealed class ScrapePaceTests
{
    private static readonly TimeSpan s_burst = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

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

    private ScrapePace Begin(long deadline) => new(_time, _traffic, new ScrapeDeadline(_time, deadline));
}
