using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Scraping;

public sealed class ScrapePaceTests : IDisposable
{
    private static readonly TimeSpan s_burst = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    private readonly ManualTime _time = new();
    private readonly AppTraffic _traffic = new();
    private readonly ScrapePace _pace;

    public ScrapePaceTests() => _pace = new ScrapePace(_time, _traffic);

    public void Dispose() => _pace.Dispose();

    [Fact]
    public void A_scrape_goes_on_within_a_burst()
    {
        _pace.Begin(Until(long.MaxValue));
        _traffic.Note();
        _time.Advance(s_burst - TimeSpan.FromTicks(1));
        Assert.True(_pace.LetOthersAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_scrape_of_an_idle_app_does_not_pause()
    {
        _traffic.Note();
        _pace.Begin(Until(long.MaxValue));
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(s_burst);
            await _pace.LetOthersAsync().AsTask().WaitAsync(TestTimeout.Long);
        }

        Assert.Equal(0, _time.TimerCount);
    }

    [Fact]
    public async Task A_scrape_pauses_after_each_burst_while_the_app_has_requests()
    {
        _pace.Begin(Until(long.MaxValue));
        for (var i = 0; i < 10; i++)
        {
            _traffic.Note();
            _time.Advance(s_burst);
            var others = _pace.LetOthersAsync().AsTask();
            _time.Advance(s_pause - TimeSpan.FromTicks(1));
            Assert.False(others.IsCompleted);
            _time.Advance(TimeSpan.FromTicks(1));
            await others.WaitAsync(TestTimeout.Long);
        }
    }

    [Fact]
    public async Task A_request_that_comes_during_a_pause_calls_for_the_next()
    {
        _pace.Begin(Until(long.MaxValue));
        _traffic.Note();
        _time.Advance(s_burst);
        var others = _pace.LetOthersAsync().AsTask();
        _traffic.Note();
        _time.Advance(s_pause);
        await others.WaitAsync(TestTimeout.Long);
        _time.Advance(s_burst);
        others = _pace.LetOthersAsync().AsTask();
        Assert.False(others.IsCompleted);
        _time.Advance(s_pause);
        await others.WaitAsync(TestTimeout.Long);
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(60, 5)]
    public async Task A_scrape_does_not_pause_in_the_second_half_of_its_time_nor_after_five_seconds(int limit, int pausesFor)
    {
        _pace.Begin(Until(_time.GetTimestamp() + TimeSpan.FromSeconds(limit).Ticks));
        _traffic.Note();
        _time.Advance(TimeSpan.FromSeconds(pausesFor));
        await _pace.LetOthersAsync().AsTask().WaitAsync(TestTimeout.Long);
        Assert.Equal(0, _time.TimerCount);
    }

    [Fact]
    public async Task A_scrape_ends_at_its_deadline()
    {
        _pace.Begin(Until(_time.GetTimestamp() + TimeSpan.FromSeconds(1).Ticks));
        _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<ScrapeEndedException>(() => _pace.LetOthersAsync().AsTask());
    }

    [Fact]
    public void A_scrape_whose_deadline_has_passed_does_not_begin_to_write() =>
        Assert.Throws<ScrapeEndedException>(() => _pace.Begin(Until(_time.GetTimestamp())));

    [Fact]
    public void Those_who_ask_for_traffic_do_not_take_the_answer_from_one_another()
    {
        var first = _traffic.Ask();
        _traffic.Note();
        var second = _traffic.Ask();
        Assert.True(_traffic.CameSince(first));
        Assert.False(_traffic.CameSince(second));
        _traffic.Note();
        Assert.True(_traffic.CameSince(first));
        Assert.True(_traffic.CameSince(second));
    }

    private static ScrapeDeadline Until(long deadline) => new(deadline);
}
