// Owns: running a collection on the thread pool, in turns, so that other work has its own.
// Does not own: who waits for it (SharedCollection), nor collecting (CollectionRun).

namespace TinyHost.Metrics;

/// <summary>A collection as work of the thread pool. It can be started anew once it is complete.</summary>
internal sealed class CollectionWork(SharedCollection shared, MetricCollector collector) : IThreadPoolWorkItem
{
    private bool _processRead;

    internal CollectionRun Run { get; } = collector.NewRun();

    internal void Start()
    {
        collector.Begin(Run);
        _processRead = false;
        Enqueue();
    }

    /// <summary>One turn.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        MetricFamily[]? families = null;
        Exception? failure = null;
        try
        {
            if (!_processRead)
            {
                collector.ReadProcess();
                _processRead = true;
            }

            var series = 0;
            while (Run.Step(out var count))
            {
                series += count;
                if (series >= SeriesInTurn)
                {
                    Enqueue();
                    return;
                }
            }

            families = collector.End();
        }
#pragma warning disable CA1031 // Whatever went wrong is told to those who wait: it fails their scrapes.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        shared.Complete(this, families, failure);
    }

    private void Enqueue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    private const int SeriesInTurn = 1_000;
}
