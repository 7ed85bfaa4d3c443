// Owns: one collection: asking the families' observables one family after the other, and what went wrong in it.
// Does not own: who waits for it (SharedCollection), nor what a family makes of its observables (MetricFamily).

namespace TinyHost.Metrics;

/// <summary>
/// A collection under way. A callback that does not return cannot be interrupted; its run can be abandoned, so that another takes its place
/// while the callback's thread waits. When the callback returns after all, the abandoned run ends without touching anything. One that was not
/// abandoned can be begun anew.
/// </summary>
internal sealed class CollectionRun(TimeProvider clock, Action<ObservableSource, AggregateException> failed)
{
    private MetricFamily[] _families = [];
    private int _next;
    private long _asked;
    private long _askedAt;
    private ObservableSource? _source;

    // The number of the callback that runs, Idle between callbacks, Abandoned for good.
    private long _state;

    /// <summary>The families whose callbacks threw.</summary>
    internal List<MetricFamily> Failed { get; private set; } = [];

    /// <summary>The families left out because a callback of an earlier run still has not returned.</summary>
    internal List<MetricFamily> Hanging { get; private set; } = [];

    internal bool IsWhole => Failed.Count == 0 && Hanging.Count == 0;

    internal void Begin(MetricFamily[] families)
    {
        (_families, _next) = (families, 0);
        if (!IsWhole)
        {
            // Who collected has them.
            (Failed, Hanging) = ([], []);
        }
    }

    /// <summary>Asks the observables of the next family. False when there is none, or when the run was abandoned.</summary>
    internal bool Step(out int seriesCount)
    {
        seriesCount = 0;
        if (_next == _families.Length)
        {
            return false;
        }

        var family = _families[_next++];
        if (!family.Observe(this))
        {
            return false;
        }

        seriesCount = family.SeriesCount;
        return true;
    }

    internal void Fail(ObservableSource source, AggregateException exception)
    {
        Failed.Add(source.Table.Family);
        failed(source, exception);
    }

    internal void BeginCallback(ObservableSource source)
    {
        _source = source;
        Volatile.Write(ref _askedAt, clock.GetTimestamp());
        Volatile.Write(ref _state, ++_asked);
    }

    /// <summary>False when the run was abandoned meanwhile.</summary>
    internal bool EndCallback() => Interlocked.CompareExchange(ref _state, Idle, _asked) == _asked;

    /// <summary>How long it takes until a callback can have run for so long.</summary>
    internal TimeSpan LeftOf(TimeSpan patience) =>
        Volatile.Read(ref _state) > Idle ? patience - clock.GetElapsedTime(Volatile.Read(ref _askedAt)) : patience;

    /// <summary>Abandons the run if one callback has run for so long, and tells whose; null otherwise.</summary>
    internal ObservableSource? Abandon(TimeSpan patience)
    {
        var state = Volatile.Read(ref _state);
        var source = _source;
        return state > Idle
            && clock.GetElapsedTime(Volatile.Read(ref _askedAt)) >= patience
            && Interlocked.CompareExchange(ref _state, Abandoned, state) == state ? source : null;
    }

    private const long Idle = 0;
    private const long Abandoned = -1;
}
