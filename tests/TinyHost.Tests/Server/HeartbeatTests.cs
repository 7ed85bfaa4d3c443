using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HeartbeatTests
{
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();

    [Fact]
    public void A_sweep_that_throws_ends_neither_the_heartbeat_nor_the_process()
    {
        var sweeps = 0;
        using var heartbeat = new Heartbeat(_time, _ => throw new InvalidOperationException($"{++sweeps}"), new ObserverGuard(_log));
        heartbeat.Start();
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(4, sweeps);
        Assert.Equal(3_000, heartbeat.Now);
        Assert.Equal("1", Assert.Single(_log.Entries).Exception!.Message);
    }

    [Fact]
    public async Task A_tick_during_a_sweep_sets_the_clock_and_is_not_queued()
    {
        var sweeping = new SemaphoreSlim(0);
        var release = new SemaphoreSlim(0);
        var (atOnce, most, sweeps) = (0, 0, 0);
        using var heartbeat = new Heartbeat(
            _time,
            now =>
            {
                sweeps++;
                most = Math.Max(most, Interlocked.Increment(ref atOnce));
                if (now > 0)
                {
                    sweeping.Release();
                    Assert.True(release.Wait(TestTimeout.Long));
                }

                Interlocked.Decrement(ref atOnce);
            },
            new ObserverGuard(_log));
        heartbeat.Start();
        var slow = Task.Run(() => _time.Advance(TimeSpan.FromSeconds(1)), TestContext.Current.CancellationToken);
        Assert.True(await sweeping.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken));
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal((1, 2, 9_000), (most, sweeps, heartbeat.Now));
        Assert.Contains(_time.GetUtcNow().ToString("R"), Encoding.ASCII.GetString(heartbeat.Date.Line), StringComparison.Ordinal);
        release.Release();
        await slow.WaitAsync(TestTimeout.Long);
        release.Release();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, 3, 10_000), (most, sweeps, heartbeat.Now));
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public void The_monotonic_clock_never_goes_back()
    {
        var time = new SettableTime { Now = new(2026, 1, 1, 0, 1, 0, TimeSpan.Zero), Timestamp = 60 };
        using var heartbeat = new Heartbeat(time, _ => { }, new ObserverGuard(_log));
        heartbeat.Start();
        time.Timestamp = 70;
        time.Tick!();
        Assert.Equal(10_000, heartbeat.Now);
        (time.Timestamp, time.Now) = (65, time.Now.AddSeconds(-30));
        time.Tick();
        Assert.Equal(10_000, heartbeat.Now);
        Assert.Contains("00:01:00 GMT", Encoding.ASCII.GetString(heartbeat.Date.Line), StringComparison.Ordinal);

        // The date follows a wall clock that is set back.
        time.Now = time.Now.AddDays(-1);
        time.Tick();
        Assert.Contains("Wed, 31 Dec 2025", Encoding.ASCII.GetString(heartbeat.Date.Line), StringComparison.Ordinal);
    }

    private sealed class SettableTime : TimeProvider
    {
        internal DateTimeOffset Now { get; set; }

        internal long Timestamp { get; set; }

        internal Action? Tick { get; private set; }

        public override long TimestampFrequency => 1;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Timestamp;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Tick = () => callback(state);
            return new ManualTime().CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
