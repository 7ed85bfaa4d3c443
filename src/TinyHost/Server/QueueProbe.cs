// Owns: an item that waits in the thread pool's queue, and how long it waited.
// Does not own: when it is queued (PoolWatch).

namespace TinyHost;

/// <summary>Queued again and again, never twice at a time, by one thread at a time.</summary>
internal sealed class QueueProbe(WorkerPool pool, TimeProvider time) : IThreadPoolWorkItem
{
    private long _queuedAt;
    private TimeSpan _delay;
    private volatile bool _isQueued;

    /// <summary>Whether it waits for a thread.</summary>
    internal bool IsQueued => _isQueued;

    /// <summary>How long it has waited so far.</summary>
    internal TimeSpan Waiting => time.GetElapsedTime(_queuedAt);

    /// <summary>How long it waited the last time. Not to be read while it is queued.</summary>
    internal TimeSpan Delay => _delay;

    internal void Queue()
    {
        _queuedAt = time.GetTimestamp();
        _isQueued = true;
        pool.Queue(this);
    }

    public void Execute()
    {
        _delay = Waiting;
        _isQueued = false;
    }
}
