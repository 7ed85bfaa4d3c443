// Owns: sharing one collection among the scrapes that want one at the same time, or shortly after.

namespace TinyHost.Metrics;

/// <summary>The collection that all scrapes wait for.</summary>
/// <param name="collector">The collector.</param>
/// <param name="lifetime">How long a result serves later scrapes (<see cref="MetricsOptions.CacheLifetime"/>).</param>
/// <param name="callbackTimeout">How long a callback may take. The same for all scrapes: one in a hurry must not cost the others a
/// family.</param>
internal sealed class SharedCollection(MetricCollector collector, TimeSpan lifetime, TimeSpan callbackTimeout)
{
    // Timers count in milliseconds; a shorter wait would end at once, again and again.
    private static readonly TimeSpan s_minWait = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock = collector.Clock;
    private CollectionRun? _run;

    /// <summary>
    /// The result of the collection in progress, of a new one, or of the last one if that is recent enough. If a callback takes too long,
    /// the collection starts again without it. Throws <see cref="ScrapeEndedException"/> at the deadline.
    /// </summary>
    internal async Task<CollectionResult> GetAsync(ScrapeDeadline deadline)
    {
        while (true)
        {
            var run = CurrentOrNewRun();
            var wait = deadline.Limit(run.TimeLeft(callbackTimeout));
            await ((Task)run.Completion).WaitAsync(wait < s_minWait ? s_minWait : wait, _clock)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (run.Completion.IsCompleted)
            {
                if (await run.Completion.ConfigureAwait(false) is { } result)
                {
                    return result;
                }
            }
            else if (run.TryAbandon(callbackTimeout) is { } source)
            {
                collector.Reports.ReportHanging(source);
            }

            deadline.ThrowIfPassed();
        }
    }

    private CollectionRun CurrentOrNewRun()
    {
        lock (_gate)
        {
            if (_run is null || (_run.Completion.IsCompleted && !IsRecent(_run)))
            {
                _run = collector.NewRun();
                _run.Start();
            }

            return _run;
        }
    }

    // A collection that families have joined or left since it began is out of date.
    private bool IsRecent(CollectionRun run) =>
        run.Completion is { IsCompletedSuccessfully: true, Result: not null }
        && run.Families == collector.Families
        && _clock.GetElapsedTime(run.CompletedAt) < lifetime;
}
