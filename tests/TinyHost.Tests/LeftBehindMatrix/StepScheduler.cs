// Owns: the order of events on one connection: one step at a time, drawn at random from those that are ready.

namespace TinyHost.Tests.LeftBehindMatrix;

/// <summary>
/// The same seed gives the same order, except where the server resumes on the thread pool: those continuations run alongside the steps.
/// </summary>
internal sealed class StepScheduler(int seed) : Steps(seed)
{
    private readonly Lock _lock = new();
    private readonly List<Action> _ready = [];
    private int _threadId;

    internal bool HasReadySteps
    {
        get
        {
            lock (_lock)
            {
                return _ready.Count > 0;
            }
        }
    }

    internal override void Post(Action step)
    {
        lock (_lock)
        {
            _ready.Add(step);
        }
    }

    internal override void PostAfterHandlerEnd(Action action)
    {
        if (Environment.CurrentManagedThreadId == _threadId)
        {
            // The connection continues within this step.
            action();
        }
        else
        {
            // The connection continues on the thread pool, and a few steps may run before it does.
            PostAfter(3, action);
        }
    }

    /// <summary>Runs a random ready step. False if there is none.</summary>
    internal bool RunOne()
    {
        _threadId = Environment.CurrentManagedThreadId;
        Action step;
        lock (_lock)
        {
            if (_ready.Count == 0)
            {
                return false;
            }

            var index = Next(_ready.Count);
            step = _ready[index];
            _ready[index] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
        }

        step();
        return true;
    }
}
