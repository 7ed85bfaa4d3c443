using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class CollectionRunTests
{
    private const int CallbackMilliseconds = 1;
    private const int Callbacks = 60;

    [Fact]
    public async Task A_collection_lets_other_work_go_first_after_each_burst()
    {
        var clock = new QueueClock(wait: TimeSpan.Zero);

        // The collector's own observables follow in another one.
        Assert.Equal(Callbacks + 1, await CountBurstsAsync(clock));
    }

    [Fact]
    public async Task A_collection_behind_a_backlog_goes_to_the_end_of_the_queue_a_few_times()
    {
        var clock = new QueueClock(wait: TimeSpan.FromMilliseconds(250));
        Assert.InRange(await CountBurstsAsync(clock), 2, 3);
    }

    [Fact]
    public async Task Recorded_series_make_no_bursts()
    {
        var clock = new QueueClock(wait: TimeSpan.Zero);
        using var test = new TestCollector(limit: 50_000, clock: clock);
        var counter = test.Meter.CreateCounter<int>("c");
        for (var i = 0; i < 50_000; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        var run = test.NewRun();
        run.Start();
        await run.Completion.WaitAsync(TestTimeout.Long);
        Assert.Equal(1, clock.Bursts);
    }

    private static async Task<int> CountBurstsAsync(QueueClock clock)
    {
        using var test = new TestCollector(clock: clock);
        for (var i = 0; i < Callbacks; i++)
        {
            test.Meter.CreateObservableGauge($"g{i}", () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(CallbackMilliseconds));
                return 1;
            });
        }

        var run = test.NewRun();
        run.Start();
        var result = await run.Completion.WaitAsync(TestTimeout.Long);
        Assert.Equal(Callbacks, TestCollector.Text(result!.Exposed).Split("\ng").Length - 1);
        return clock.Bursts;
    }

    /// <summary>
    /// A clock that moves when it is told, and by the wait whenever another work item of the thread pool reads it first.
    /// </summary>
    private sealed class QueueClock : TimeProvider
    {
        private readonly TimeSpan _wait;

        // Work items do not share their execution context.
        private readonly AsyncLocal<bool> _isKnown = new();
        private TimeSpan _passed;

        internal QueueClock(TimeSpan wait) => (_wait, _isKnown.Value) = (wait, true);

        internal int Bursts { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            if (!_isKnown.Value)
            {
                _isKnown.Value = true;
                Bursts++;
                Advance(_wait);
            }

            return _passed.Ticks;
        }

        internal void Advance(TimeSpan span) => _passed += span;
    }
}
