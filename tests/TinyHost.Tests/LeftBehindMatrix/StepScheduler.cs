// Owns: the order in which everything on one connection happens: one step at a time, each drawn at random from those that are ready.
// Does not own: what a step does.

namespace TinyHost.Tests.LeftBehindMatrix;

/// <summary>
/// The same seed gives the same order. The server resumes on the thread pool in a few places; those continuations run beside the steps.
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

    internal override void OnceNoticed(Action then)
    {
        if (Environment.CurrentManagedThreadId == _threadId)
        {
            // The connection goes on within this step.
            then();
        }
        else
        {
            // On the thread pool: the connection goes on there as well, and some steps may happen before it has.
            PostAfter(3, then);
        }
    }

    /// <summary>Runs one of the steps that are ready; false when none is.</summary>
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
