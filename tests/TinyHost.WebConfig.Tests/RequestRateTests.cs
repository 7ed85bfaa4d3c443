// Owns: tests of RequestRate.

using TinyHost.Tests.Support;

namespace TinyHost.WebConfig.Tests;

public sealed class RequestRateTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_burst_passes_at_once_and_each_interval_lets_one_more_pass()
    {
        var rate = new RequestRate(TimeSpan.FromSeconds(2), burst: 3, _time);
        Assert.Equal([true, true, true, false], Take(rate, 4));
        Assert.False(rate.TryTake(out var pause));
        Assert.Equal(TimeSpan.FromSeconds(2), pause);
        _time.Suspend(TimeSpan.FromSeconds(1.5));
        Assert.False(rate.TryTake(out pause));
        Assert.Equal(0.5, pause.TotalSeconds, tolerance: 1e-9);
        _time.Suspend(TimeSpan.FromSeconds(0.5));
        Assert.Equal([true, false], Take(rate, 2));
        _time.Suspend(TimeSpan.FromHours(1));
        Assert.Equal([true, true, true, false], Take(rate, 4));
    }

    [Fact]
    public void A_burst_of_0_refuses_everything()
    {
        var rate = new RequestRate(TimeSpan.FromSeconds(1), burst: 0, _time);
        _time.Suspend(TimeSpan.FromHours(1));
        Assert.Equal([false, false], Take(rate, 2));
    }

    private static bool[] Take(RequestRate rate, int count) => [.. Enumerable.Range(0, count).Select(_ => rate.TryTake(out var _))];
}
