using System.Diagnostics.Metrics;
using TinyHost.Metrics.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.Metrics.Tests.Collection;

public sealed class CollectionRunTests
{
    [Theory]
    [InlineData(999, false)]
    [InlineData(1_000, true)]
    public void A_collection_yields_its_thread_after_a_thousand_series(int series, bool yields)
    {
        using var test = new TestCollector();
        var here = Environment.CurrentManagedThreadId;
        var observed = new TaskCompletionSource<int>();
        test.Meter.CreateObservableGauge(
            "a", () => Enumerable.Range(0, series).Select(i => new Measurement<int>(i, new KeyValuePair<string, object?>("i", i))));
        test.Meter.CreateObservableGauge("b", () =>
        {
            observed.TrySetResult(Environment.CurrentManagedThreadId);
            return 1;
        });
        IThreadPoolWorkItem run = test.NewRun();

        run.Execute();

        // This thread blocks here, so work queued to the thread pool runs on another thread.
#pragma warning disable xUnit1031 // The test must block.
        Assert.True(observed.Task.Wait(TestTimeout.Long));
        Assert.Equal(yields, observed.Task.Result != here);
#pragma warning restore xUnit1031
    }
}
