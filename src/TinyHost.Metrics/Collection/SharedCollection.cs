// Owns: that scrapes which come together share a collection, that one may serve for a while, and going on when a callback hangs.
// Does not own: collecting (CollectionWork), nor answering (Scraper).

using System.Runtime.CompilerServices;

namespace TinyHost.Metrics;

/// <summary>
/// The collection all scrapes wait for. It runs apart from them, on the thread pool, and lets other work have its turn every now and then. What
/// a scrape needs of objects is used again by later ones.
/// </summary>
/// <param name="collector">What collects.</param>
/// <param name="lifetime">How long a collection serves scrapes that come after it.</param>
/// <param name="patience">How long a callback may take. The same for all scrapes: one in a hurry must not cost the others a family.</param>
internal sealed class SharedCollection(MetricCollector collector, TimeSpan lifetime, TimeSpan patience)
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock = collector.Clock;
    private readonly List<CollectionWait> _waits = [];
    private readonly Stack<CollectionWait> _idleWaits = [];
    private CollectionWork? _work;
    private CollectionWork? _idleWork;
    private Collected _whole = Collected.Nothing;
    private Collected? _last;
    private long _lastAt;

    /// <summary>
    /// The collection under way, a new one, or the last when it is young enough. A callback that takes too long is passed over. Throws
    /// <see cref="ScrapeEndedException"/> at the deadline.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<Collected> GetAsync(ScrapeDeadline deadline)
    {
        while (true)
        {
            CollectionWait wait;
            ValueTask<Collected?> ended;
            lock (_gate)
            {
                if (_last is not null && _clock.GetElapsedTime(_lastAt) < lifetime)
                {
                    return _last;
                }

                if (_work is null)
                {
                    (_work, _idleWork) = (_idleWork ?? new CollectionWork(this, collector), null);
                    _work.Start();
                }

                wait = _idleWaits.TryPop(out var idle) ? idle : new CollectionWait(this, _clock);
                _waits.Add(wait);
                ended = wait.Begin(deadline.AtMost(_work.Run.LeftOf(patience), _clock));
            }

            try
            {
                if (await ended.ConfigureAwait(false) is { } collected)
                {
                    return collected;
                }

                if (wait.Hanging is { } hanging)
                {
                    collector.ReportHanging(hanging);
                }
            }
            finally
            {
                Recycle(wait);
            }

            deadline.ThrowIfOver(_clock);
        }
    }

    /// <summary>A collection is complete, or has failed. That of one that was abandoned comes too late for anybody.</summary>
    internal void Complete(CollectionWork work, MetricFamily[]? families, Exception? failure)
    {
        CollectionWait? only;
        Collected? collected = null;
        lock (_gate)
        {
            if (_work != work)
            {
                return;
            }

            if (families is not null)
            {
                collected = Collect(work.Run, families);
                (_last, _lastAt) = lifetime > TimeSpan.Zero ? (collected, _clock.GetTimestamp()) : (null, 0);
            }

            (_work, _idleWork) = (null, work);
            only = EndAll(collected, failure);
        }

        // It need not wait for a thread. Nothing here is touched behind it.
        only?.End(collected, failure, here: true);
    }

    /// <summary>
    /// A wait is over. A callback that has taken too long is what the collection hangs in: that is abandoned, for all who wait. Throws nothing: a
    /// timer calls it.
    /// </summary>
    internal void Expire(CollectionWait wait, CancellationToken timer)
    {
        lock (_gate)
        {
            if (!wait.IsTimedBy(timer) || !_waits.Remove(wait))
            {
                return;
            }

            wait.Hanging = _work!.Run.Abandon(patience);
            if (wait.Hanging is not null)
            {
                _work = null;
                EndAll(null, null)?.End(null, null, here: false);
            }

            wait.End(null, null, here: false);
        }
    }

    private Collected Collect(CollectionRun run, MetricFamily[] families)
    {
        if (!run.IsWhole)
        {
            return new Collected(families, run.Failed, run.Hanging);
        }

        return _whole.Families == families ? _whole : _whole = new Collected(families, [], []);
    }

    // With the gate held. One that is alone is left for the caller to end.
    private CollectionWait? EndAll(Collected? collected, Exception? failure)
    {
        var only = _waits.Count == 1 ? _waits[0] : null;
        if (only is null)
        {
            foreach (var wait in _waits)
            {
                wait.End(collected, failure, here: false);
            }
        }

        _waits.Clear();
        return only;
    }

    private void Recycle(CollectionWait wait)
    {
        lock (_gate)
        {
            wait.Recycle();
            _idleWaits.Push(wait);
        }
    }
}
