using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class CollectionRunTests
{
    [Theory]
    [InlineData(999, false)]
    [InlineData(1_000, true)]
    public void Collecting_ends_its_turn_after_a_thousand_series(int series, bool yields)
    {
        using var test = new TestCollector();
        var here = Environment.CurrentManagedThreadId;
        var asked = new TaskCompletionSource<int>();
        test.Meter.CreateObservableGauge(
            "a", () => Enumerable.Range(0, series).Select(i => new Measurement<int>(i, new KeyValuePair<string, object?>("i", i))));
        test.Meter.CreateObservableGauge("b", () =>
        {
            asked.TrySetResult(Environment.CurrentManagedThreadId);
            return 1;
        });
        IThreadPoolWorkItem turn = test.NewRun();

        turn.Execute();

        // Whatever the turn left to the thread pool cannot come to this thread, which waits here.
#pragma warning disable xUnit1031 // That it blocks is the point.
        Assert.True(asked.Task.Wait(TestTimeout.Long));
        Assert.Equal(yields, asked.Task.Result != here);
#pragma warning restore xUnit1031
    }
}
