using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class BurstsTests
{
    private static readonly TimeSpan s_minimum = TimeSpan.FromMicroseconds(50);

    private readonly ManualTime _time = new();

    [Fact]
    public void A_burst_lasts_its_minimum()
    {
        var bursts = new Bursts(_time, s_minimum);
        bursts.Begin();
        _time.Suspend(s_minimum - TimeSpan.FromTicks(1));
        Assert.False(bursts.IsOver);
        _time.Suspend(TimeSpan.FromTicks(1));
        Assert.True(bursts.IsOver);
    }

    [Fact]
    public void A_burst_lasts_a_tenth_of_the_time_waited_so_far()
    {
        var bursts = new Bursts(_time, s_minimum);
        bursts.Begin();
        for (var waits = 1; waits <= 3; waits++)
        {
            bursts.End();
            _time.Suspend(TimeSpan.FromMilliseconds(250));
            bursts.Begin();
            _time.Suspend((waits * TimeSpan.FromMilliseconds(25)) - TimeSpan.FromTicks(1));
            Assert.False(bursts.IsOver);
            _time.Suspend(TimeSpan.FromTicks(1));
            Assert.True(bursts.IsOver);
        }
    }

    [Fact]
    public void A_pause_of_the_intended_length_does_not_lengthen_bursts()
    {
        var bursts = new Bursts(_time, s_minimum);
        bursts.Begin();
        bursts.End();
        _time.Suspend(TimeSpan.FromMilliseconds(20));
        Assert.False(bursts.BeginAfterPause(TimeSpan.FromMilliseconds(20)));
        _time.Suspend(s_minimum);
        Assert.True(bursts.IsOver);
        bursts.End();
        _time.Suspend(TimeSpan.FromMilliseconds(21));
        Assert.True(bursts.BeginAfterPause(TimeSpan.FromMilliseconds(20)));
        _time.Suspend(TimeSpan.FromMilliseconds(2));
        Assert.False(bursts.IsOver);
    }

    [Theory]
    [InlineData(29, 250, 3)]
    [InlineData(600, 250, 9)]
    [InlineData(29, 10, 9)]
    [InlineData(29, 1, 30)]
    public void The_longer_the_queue_the_fewer_the_waits(int workMilliseconds, int waitMilliseconds, int maxWaits)
    {
        var bursts = new Bursts(_time, s_minimum);
        bursts.Begin();
        var waits = 0;
        for (var left = TimeSpan.FromMilliseconds(workMilliseconds); left > TimeSpan.Zero; left -= s_minimum)
        {
            _time.Suspend(s_minimum);
            if (bursts.IsOver)
            {
                bursts.End();
                _time.Suspend(TimeSpan.FromMilliseconds(waitMilliseconds));
                bursts.Begin();
                waits++;
            }
        }

        Assert.InRange(waits, 2, maxWaits);
    }
}
