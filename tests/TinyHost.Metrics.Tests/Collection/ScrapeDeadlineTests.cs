using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class ScrapeDeadlineTests
{
    private readonly ManualTime _clock = new();

    [Fact]
    public void A_wait_ends_with_the_scrape()
    {
        var deadline = In(3);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), deadline.AtMost(TimeSpan.FromSeconds(1), _clock));
        Assert.Equal(TimeSpan.FromSeconds(2), deadline.AtMost(TimeSpan.FromSeconds(5), _clock));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.Zero, deadline.AtMost(TimeSpan.FromSeconds(5), _clock));
        Assert.Equal(TimeSpan.FromSeconds(5), In(null).AtMost(TimeSpan.FromSeconds(5), _clock));
    }

    [Fact]
    public void The_scrape_is_over_at_its_deadline()
    {
        var deadline = In(3);
        _clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        deadline.ThrowIfOver(_clock);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Throws<ScrapeEndedException>(() => deadline.ThrowIfOver(_clock));
    }

    private ScrapeDeadline In(double? seconds) => ScrapeDeadline.In(seconds is { } limit ? TimeSpan.FromSeconds(limit) : null, _clock);
}
