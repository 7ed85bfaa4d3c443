// Owns: one scrape's wait for a collection, with an end, reused by later scrapes.
// Does not own: whose result it gets (SharedCollection).

using System.Threading.Tasks.Sources;

namespace TinyHost.Metrics;

/// <summary>Ends with what was collected, with null when its time or the collection came to an end without, or with what went wrong.</summary>
internal sealed class CollectionWait(SharedCollection shared, TimeProvider clock) : IValueTaskSource<Collected?>
{
    private ManualResetValueTaskSourceCore<Collected?> _core;

    // Never disposed: between waits its timer is not set, and it may be firing.
    private CancellationTokenSource _timer = NewTimer(clock);

    /// <summary>Whose callback the collection hung in when the wait was over.</summary>
    internal ObservableSource? Hanging { get; set; }

    /// <summary>
    /// Begins to wait, for so long at the most, with the gate of <see cref="SharedCollection"/> held. A callback that began later than the wait is
    /// found out by a second one.
    /// </summary>
    internal ValueTask<Collected?> Begin(TimeSpan most)
    {
        Hanging = null;
        _core.Reset();
        _timer.Token.UnsafeRegister(static (wait, token) => ((CollectionWait)wait!).Expire(token), this);
        _timer.CancelAfter(most < s_least ? s_least : most);
        return new ValueTask<Collected?>(this, _core.Version);
    }

    /// <summary>Ends the wait; once for each.</summary>
    /// <param name="collected">What was collected; null for nothing.</param>
    /// <param name="failure">What went wrong.</param>
    /// <param name="here">Whether the scrape goes on upon this thread, before this returns.</param>
    internal void End(Collected? collected, Exception? failure, bool here)
    {
        _core.RunContinuationsAsynchronously = !here;
        if (failure is null)
        {
            _core.SetResult(collected);
        }
        else
        {
            _core.SetException(failure);
        }
    }

    /// <summary>Makes it ready for the next scrape, after its end. A timer that is firing is left to itself.</summary>
    internal void Recycle()
    {
        if (!_timer.TryReset())
        {
            _timer.CancelAfter(Timeout.InfiniteTimeSpan);
            _timer = NewTimer(clock);
        }
    }

    /// <summary>Whether it is this wait's own time that ended.</summary>
    internal bool IsTimedBy(CancellationToken timer) => timer == _timer.Token;

    Collected? IValueTaskSource<Collected?>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Collected?>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Collected?>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Expire(CancellationToken timer) => shared.Expire(this, timer);

    // A timer counts in milliseconds.
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(1);

    private static CancellationTokenSource NewTimer(TimeProvider clock) => new(Timeout.InfiniteTimeSpan, clock);
}
