// Owns: the behaviour of the clock that tests advance.

namespace TinyHost.Testing.Tests;

public sealed class ManualClockTests
{
    private readonly ManualClock _clock = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Timers_fire_in_the_order_of_their_times_and_see_the_clock_at_that_time()
    {
        var start = _clock.GetUtcNow();
        using var late = _clock.CreateTimer(_ => Note("late", start), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var often = _clock.CreateTimer(_ => Note("often", start), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["often 2", "late 3", "often 4"], _fired);
        Assert.Equal(TimeSpan.FromSeconds(5), _clock.GetUtcNow() - start);
    }

    [Fact]
    public void A_timer_that_is_disposed_or_changed_does_not_fire_as_before()
    {
        var start = _clock.GetUtcNow();
        var disposed = _clock.CreateTimer(_ => Note("disposed", start), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        using var changed = _clock.CreateTimer(_ => Note("changed", start), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        disposed.Dispose();
        changed.Change(TimeSpan.FromSeconds(4), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["changed 4"], _fired);
    }

    [Fact]
    public void A_callback_may_advance_the_clock_and_it_never_goes_back()
    {
        var start = _clock.GetUtcNow();
        using var inner = _clock.CreateTimer(_ => Note("inner", start), null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        using var outer = _clock.CreateTimer(
            _ => _clock.Advance(TimeSpan.FromSeconds(9)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(["inner 2"], _fired);
        Assert.Equal(TimeSpan.FromSeconds(10), _clock.GetUtcNow() - start);
    }

    [Fact]
    public void The_time_stamp_advances_with_the_clock_which_cannot_go_back()
    {
        var began = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(1_500));
        Assert.Equal(TimeSpan.FromMilliseconds(1_500), _clock.GetElapsedTime(began));
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.Advance(TimeSpan.FromTicks(-1)));
    }

    private void Note(string name, DateTimeOffset start) => _fired.Add($"{name} {(_clock.GetUtcNow() - start).TotalSeconds:0}");
}
