// Owns: the thread pool as the watch sees it, and raising its minimum of threads. Tests put a pool of their own here.

namespace TinyHost;

/// <summary>Not for several threads at a time. The program may set the minimum, too: it returns to the program's last choice.</summary>
internal abstract class WorkerPool
{
    // The program's choice, and what the minimum was raised to; 0 while it is not raised.
    private int _chosen;
    private int _raisedTo;

    /// <summary>The number of threads, at work or not.</summary>
    internal abstract int ThreadCount { get; }

    /// <summary>The number of items that no thread has taken yet.</summary>
    internal abstract long PendingCount { get; }

    /// <summary>The pool makes this many threads without delay when there is work for them.</summary>
    internal abstract int MinThreads { get; }

    internal abstract int MaxThreads { get; }

    /// <summary>Processor time that the process has used, divided by the number of its processors.</summary>
    internal abstract TimeSpan ProcessorTime { get; }

    /// <summary>False when the pool refuses the number.</summary>
    internal abstract bool TrySetMinThreads(int count);

    /// <summary>Queues an item behind every other.</summary>
    internal abstract void Queue(IThreadPoolWorkItem item);

    /// <summary>Raises the minimum to <paramref name="most"/>. The pool makes no more threads than it has work for.</summary>
    internal void RaiseMinimum(int most)
    {
        var current = MinThreads;
        if (current != _raisedTo)
        {
            (_chosen, _raisedTo) = (current, 0);
        }

        var target = Math.Min(most, MaxThreads);
        if (target > current && TrySetMinThreads(target))
        {
            _raisedTo = target;
        }
    }

    /// <summary>Lowers a raised minimum to two more than the held threads, but no lower than the program's choice.</summary>
    internal void LowerMinimum(int held)
    {
        var target = Math.Max(_chosen, held < _chosen ? 0 : held + 2);
        if (_raisedTo == 0 || target >= _raisedTo)
        {
            return;
        }

        if (MinThreads != _raisedTo)
        {
            // The program has chosen since.
            _raisedTo = 0;
        }
        else if (TrySetMinThreads(target))
        {
            _raisedTo = target == _chosen ? 0 : target;
        }
    }
}

/// <summary>The pool of the process.</summary>
internal sealed class RuntimePool : WorkerPool
{
    internal override int ThreadCount => ThreadPool.ThreadCount;

    internal override long PendingCount => ThreadPool.PendingWorkItemCount;

    internal override int MinThreads
    {
        get
        {
            ThreadPool.GetMinThreads(out var workers, out _);
            return workers;
        }
    }

    internal override int MaxThreads
    {
        get
        {
            ThreadPool.GetMaxThreads(out var workers, out _);
            return workers;
        }
    }

    internal override TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime / Environment.ProcessorCount;

    internal override bool TrySetMinThreads(int count)
    {
        ThreadPool.GetMinThreads(out _, out var completionPortThreads);
        return ThreadPool.SetMinThreads(count, completionPortThreads);
    }

    internal override void Queue(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
}
