using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class ScrapeDeadlineTests
{
    private readonly ManualTime _clock = new();

    [Fact]
    public void A_wait_ends_at_the_scrape_deadline()
    {
        var deadline = In(3);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), deadline.Limit(TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromSeconds(2), deadline.Limit(TimeSpan.FromSeconds(5)));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.Zero, deadline.Limit(TimeSpan.FromSeconds(5)));
        Assert.Equal(TimeSpan.FromSeconds(5), In(null).Limit(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_passed_deadline_throws()
    {
        var deadline = In(3);
        _clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        deadline.ThrowIfPassed();
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Throws<ScrapeEndedException>(() => deadline.ThrowIfPassed());
    }

    private ScrapeDeadline In(double? seconds) => ScrapeDeadline.After(seconds is { } limit ? TimeSpan.FromSeconds(limit) : null, _clock);
}
