using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class CollectionTimeTests
{
    private readonly ManualTime _clock = new();

    [Theory]
    [InlineData(null, 5)]
    [InlineData(60.0, 5)]
    [InlineData(4.0, 2)]
    [InlineData(1.0, 0.5)]
    [InlineData(0.9, 0.5)]
    [InlineData(0.000001, 0.5)]
    public void A_callback_has_half_of_the_scrapes_time_within_what_it_may_take_and_what_no_healthy_one_takes(double? limit, double patience) =>
        Assert.Equal(TimeSpan.FromSeconds(patience), Of(limit).Patience);

    [Fact]
    public void A_callback_that_may_take_less_than_any_scrape_leaves_it_has_that()
    {
        var time = CollectionTime.Of(TimeSpan.FromSeconds(0.9), TimeSpan.FromMilliseconds(20), _clock);
        Assert.Equal(TimeSpan.FromMilliseconds(20), time.Patience);
    }

    [Fact]
    public void A_wait_ends_with_the_scrape()
    {
        var time = Of(3);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), time.AtMost(TimeSpan.FromSeconds(1), _clock));
        Assert.Equal(TimeSpan.FromSeconds(2), time.AtMost(TimeSpan.FromSeconds(5), _clock));
        Assert.Equal(TimeSpan.FromSeconds(5), Of(null).AtMost(TimeSpan.FromSeconds(5), _clock));
    }

    [Fact]
    public void It_is_over_at_the_deadline()
    {
        var time = Of(3);
        _clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        time.ThrowIfOver(_clock);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Throws<ScrapeEndedException>(() => time.ThrowIfOver(_clock));
    }

    private CollectionTime Of(double? limit) =>
        CollectionTime.Of(limit is { } seconds ? TimeSpan.FromSeconds(seconds) : null, TimeSpan.FromSeconds(5), _clock);
}
