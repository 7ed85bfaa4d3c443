// Owns: one collection: asking all observables, family by family, on the thread pool.

namespace TinyHost.Metrics;

/// <summary>What a collection found.</summary>
/// <param name="Families">All families, in order.</param>
/// <param name="Failed">Families with callbacks that threw, once for each callback.</param>
/// <param name="Hanging">Families with callbacks that have not returned since an earlier collection, once for each callback.</param>
internal sealed record CollectionResult(
    MetricFamily[] Families, IReadOnlyCollection<MetricFamily> Failed, IReadOnlyCollection<MetricFamily> Hanging)
{
    internal static CollectionResult Empty { get; } = new([], [], []);

    /// <summary>The families without those that are missing. A sum that lacks a part would look like a counter that was reset.</summary>
    internal MetricFamily[] Exposed { get; } =
        Failed.Count + Hanging.Count == 0
            ? Families
            : Array.FindAll(Families, family => !Failed.Contains(family) && !Hanging.Contains(family));

    internal bool IsComplete => Failed.Count + Hanging.Count == 0;

    /// <summary>A line that names the missing families; empty if there are none.</summary>
    internal string Missing
    {
        get
        {
            var names = Failed.Concat(Hanging).Select(family => family.Name).Distinct().Order(StringComparer.Ordinal);
            return IsComplete ? "" : $"Callbacks of these families failed or have not returned: {string.Join(", ", names)}.\n";
        }
    }
}

/// <summary>
/// A collection in progress. A callback that does not return cannot be interrupted, but its run can be abandoned, so that another run
/// starts while the callback keeps its thread. When the callback returns after all, the abandoned run ends without touching anything.
/// </summary>
internal sealed class CollectionRun(MetricCollector collector, Observation observation) : IThreadPoolWorkItem
{
    private const long Idle = 0;
    private const long Abandoned = -1;

    // Most collections take less.
    private static readonly TimeSpan s_burst = TimeSpan.FromMilliseconds(1);

    private readonly List<MetricFamily> _failed = [];
    private readonly List<MetricFamily> _hanging = [];
    private readonly TaskCompletionSource<CollectionResult?> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Bursts _bursts = new(collector.Clock, s_burst);
    private int _next = -1;

    // The number of the callback in progress, Idle between callbacks, or Abandoned.
    private long _state;
    private long _callbacks;
    private long _callbackStartedAt;
    private ObservableSource? _source;

    /// <summary>The families when the run began.</summary>
    internal MetricFamily[] Families { get; private set; } = collector.Families;

    /// <summary>Completes with the result, or with null when the run is abandoned.</summary>
    internal Task<CollectionResult?> Completion => _completion.Task;

    /// <summary>When the run completed, as a timestamp of the collector's clock.</summary>
    internal long CompletedAt { get; private set; }

    /// <summary>Starts the run. The thread that starts it runs it next, rather than after everything in the pool's queue.</summary>
    internal void Start() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);

    /// <summary>The time until the callback in progress, or one that starts now, exceeds its timeout.</summary>
    internal TimeSpan TimeLeft(TimeSpan callbackTimeout) => Volatile.Read(ref _state) > Idle
        ? callbackTimeout - collector.Clock.GetElapsedTime(Volatile.Read(ref _callbackStartedAt))
        : callbackTimeout;

    /// <summary>Abandons the run if a callback has exceeded the timeout, and returns its source; otherwise returns null.</summary>
    internal ObservableSource? TryAbandon(TimeSpan callbackTimeout)
    {
        var state = Volatile.Read(ref _state);
        var source = _source;
        if (state <= Idle
            || collector.Clock.GetElapsedTime(Volatile.Read(ref _callbackStartedAt)) < callbackTimeout
            || Interlocked.CompareExchange(ref _state, Abandoned, state) != state)
        {
            return null;
        }

        _completion.SetResult(null);
        return source;
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            if (WorkForABurst())
            {
                collector.Reports.ReportLosses(collector.Families);
                CompletedAt = collector.Clock.GetTimestamp();
                _completion.SetResult(new CollectionResult(collector.Families, _failed, _hanging));
            }
        }
#pragma warning disable CA1031 // The failure goes to all scrapes that wait for this run.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _completion.SetException(exception);
            _ = _completion.Task.Exception;
        }
    }

    // True if the run is complete; false if it continues in another burst or is abandoned.
    private bool WorkForABurst()
    {
        _bursts.Begin();
        if (_next < 0)
        {
            Families = collector.BeginCollection();
            _next = 0;
        }

        for (; _next < Families.Length; _next++)
        {
            // Recorded families need no work, and reading the clock would be most of it.
            if (Families[_next].Sources.Length > 0 && _bursts.IsOver)
            {
                _bursts.End();
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return false;
            }

            if (!TryObserve(Families[_next]))
            {
                return false;
            }

            Families[_next].Tables.Sweep();
        }

        return true;
    }

    // False if the run was abandoned. Values of a family that lacks a callback stay as they were, for scrapes still writing them.
    private bool TryObserve(MetricFamily family)
    {
        var sources = family.Sources;
        if (sources.Length == 0)
        {
            return true;
        }

        var isComplete = true;
        foreach (var source in sources)
        {
            if (source.IsBusy || source.ReturnedLateIn == observation.Collection)
            {
                isComplete = false;
                _hanging.Add(family);
                continue;
            }

            observation.Source = source;
            if (!TryObserve(source, out var failure))
            {
                return false;
            }

            if (failure is not null)
            {
                isComplete = false;
                _failed.Add(family);
                collector.Reports.ReportFailed(source, failure);
            }
        }

        observation.Source = null;
        if (isComplete)
        {
            family.ShowObserved();
        }

        return true;
    }

    // False if the run was abandoned before the callback returned.
    private bool TryObserve(ObservableSource source, out AggregateException? failure)
    {
        failure = null;
        source.IsBusy = true;
        _source = source;
        Volatile.Write(ref _callbackStartedAt, collector.Clock.GetTimestamp());
        Volatile.Write(ref _state, ++_callbacks);
        try
        {
            source.Observe();
        }
        catch (AggregateException exception)
        {
            failure = exception;
        }

        var inTime = Interlocked.CompareExchange(ref _state, Idle, _callbacks) == _callbacks;
        if (!inTime)
        {
            // Its measurements went to the collection that runs now. Set before IsBusy is cleared.
            source.ReturnedLateIn = observation.Collection;
        }

        source.IsBusy = false;
        return inTime;
    }
}
