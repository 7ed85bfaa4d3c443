// Owns: a queue of continuations that run when the test says so.

namespace TinyHost.Metrics.Tests.Support;

/// <summary>Takes the place of the thread pool for <see cref="Task.Yield"/>.</summary>
internal sealed class HeldContext : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = [];

    internal bool IsEmpty => _queue.Count == 0;

    public override void Post(SendOrPostCallback d, object? state) => _queue.Enqueue((d, state));

    /// <summary>Runs code whose continuations are held here.</summary>
    internal T Run<T>(Func<T> code)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            return code();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    /// <summary>Runs the continuation held longest.</summary>
    internal void RunNext()
    {
        var (callback, state) = _queue.Dequeue();
        Run(() =>
        {
            callback(state);
            return true;
        });
    }
}
