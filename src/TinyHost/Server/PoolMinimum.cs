// Owns: raising the thread pool's minimum of threads, and putting it back.
// Does not own: when (PoolWatch).

namespace TinyHost;

/// <summary>The program may set the minimum itself at any time: its last choice is what the minimum goes back to. One thread at a time.</summary>
internal sealed class PoolMinimum(WorkerPool pool)
{
    // What the program wants, and what the minimum was raised to; 0 while it is not raised.
    private int _own;
    private int _raisedTo;

    /// <summary>Raises the minimum as far as it may go. The pool makes no more threads than it has work for.</summary>
    internal void Raise(int most)
    {
        var current = pool.MinThreads;
        if (current != _raisedTo)
        {
            (_own, _raisedTo) = (current, 0);
        }

        var target = Math.Min(most, pool.MaxThreads);
        if (target > current && pool.TrySetMinThreads(target))
        {
            _raisedTo = target;
        }
    }

    /// <summary>Lowers the minimum to what so many held threads need: two more, but no less than the program wants.</summary>
    internal void Lower(int held)
    {
        var target = Math.Max(_own, held < _own ? 0 : held + 2);
        if (_raisedTo == 0 || target >= _raisedTo)
        {
            return;
        }

        if (pool.MinThreads != _raisedTo)
        {
            // The program has chosen since.
            _raisedTo = 0;
        }
        else if (pool.TrySetMinThreads(target))
        {
            _raisedTo = target == _own ? 0 : target;
        }
    }
}
