// Owns: whether the process' processors were idle since a moment.
// Does not own: what follows from it (PoolWatch).

namespace TinyHost;

/// <summary>Times are in milliseconds.</summary>
internal sealed class ProcessorLoad(WorkerPool pool)
{
    private const double Busy = 0.8;
    // Less says too little.
    private const long Shortest = 50;

    private long _since;
    private TimeSpan _used;

    internal void Begin(long now) => (_since, _used) = (now, pool.ProcessorTime);

    /// <summary>False where the process computes: more threads would only make its work take turns.</summary>
    internal bool IsLow(long now)
    {
        var length = now - _since;
        return length >= Shortest && (pool.ProcessorTime - _used).TotalMilliseconds < Busy * length;
    }
}
