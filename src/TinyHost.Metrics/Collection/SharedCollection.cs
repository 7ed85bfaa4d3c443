// Owns: that scrapes which come together share a collection, that one may serve for a while, and going on when a callback hangs.
// Does not own: collecting (CollectionRun), nor answering (Scraper).

using System.Diagnostics;

namespace TinyHost.Metrics;

/// <summary>
/// The collection all scrapes wait for. It runs apart from them, on the thread pool, and lets other work have its turn every now and then.
/// </summary>
internal sealed class SharedCollection(MetricCollector collector, TimeSpan lifetime)
{
    private readonly Lock _gate = new();
    private CollectionRun? _run;
    private Task<Collected>? _running;
    private Collected? _last;
    private long _lastAt;

    /// <summary>
    /// The collection under way, a new one, or the last when it is young enough. A callback that runs longer than
    /// <paramref name="callbackTimeout"/> is passed over. Throws <see cref="TimeoutException"/> at <paramref name="deadline"/>, a time of
    /// <see cref="Stopwatch"/>.
    /// </summary>
    internal async Task<Collected> GetAsync(TimeSpan callbackTimeout, long deadline)
    {
        while (true)
        {
            CollectionRun run;
            Task<Collected> running;
            lock (_gate)
            {
                if (_last is not null && Stopwatch.GetElapsedTime(_lastAt) < lifetime)
                {
                    return _last;
                }

                _run ??= collector.Begin();
                _running ??= RunAsync(_run);
                (run, running) = (_run, _running);
            }

            try
            {
                return await running.WaitAsync(callbackTimeout).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!running.IsFaulted && Stopwatch.GetTimestamp() < deadline)
            {
                PassOver(run, callbackTimeout);
            }
        }
    }

    private void PassOver(CollectionRun run, TimeSpan callbackTimeout)
    {
        ObservableSource? hanging;
        lock (_gate)
        {
            hanging = run.Abandon(callbackTimeout);
            if (hanging is not null && _run == run)
            {
                (_run, _running) = (null, null);
            }
        }

        if (hanging is not null)
        {
            collector.ReportHanging(hanging);
        }
    }

    private async Task<Collected> RunAsync(CollectionRun run)
    {
        // Whoever asked holds the lock.
        await Task.Yield();
        try
        {
            collector.ReadProcess();
            int series = 0;
            while (run.Step(out int count))
            {
                series += count;
                if (series >= SeriesBetweenYields)
                {
                    series = 0;
                    await Task.Yield();
                }
            }

            var collected = new Collected(collector.End(), run.Failed, run.Hanging);
            lock (_gate)
            {
                if (_run == run)
                {
                    (_last, _lastAt) = lifetime > TimeSpan.Zero ? (collected, Stopwatch.GetTimestamp()) : (null, 0);
                }
            }

            return collected;
        }
        finally
        {
            lock (_gate)
            {
                if (_run == run)
                {
                    (_run, _running) = (null, null);
                }
            }
        }
    }

    private const int SeriesBetweenYields = 1_000;
}
