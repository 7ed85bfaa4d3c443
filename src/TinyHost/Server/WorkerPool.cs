// Owns: the seam between the watch over the thread pool and the runtime's pool; tests put a pool of their own here.
// Does not own: what is made of its figures (PoolWatch).

namespace TinyHost;

/// <summary>What a <see cref="PoolWatch"/> asks of a thread pool.</summary>
internal abstract class WorkerPool
{
    /// <summary>Threads there are, at work or not.</summary>
    internal abstract int ThreadCount { get; }

    /// <summary>Work items that no thread has taken yet.</summary>
    internal abstract long PendingCount { get; }

    /// <summary>So many threads are made without delay when there is work for them.</summary>
    internal abstract int MinThreads { get; }

    internal abstract int MaxThreads { get; }

    /// <summary>Processor time the process has used, divided by the number of its processors.</summary>
    internal abstract TimeSpan ProcessorTime { get; }

    /// <summary>False when the pool refuses the number.</summary>
    internal abstract bool TrySetMinThreads(int count);

    /// <summary>Queues an item behind every other.</summary>
    internal abstract void Queue(IThreadPoolWorkItem item);
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
