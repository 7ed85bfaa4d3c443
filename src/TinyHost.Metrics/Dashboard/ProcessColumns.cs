// Owns: the columns about the process and the runtime, asked directly rather than through observable instruments.

namespace TinyHost.Metrics;

/// <summary>Figures that cost no memory to read. Times are as of the last reading.</summary>
internal sealed class ProcessColumns : IDisposable
{
    private const int Generations = 3;
    private const int ResidentField = 24;

    // Environment.WorkingSet allocates on Linux. The collector reports a file that cannot be read.
    private readonly ProcFile? _stat = OperatingSystem.IsLinux() ? new ProcFile("/proc/self/stat", static (_, _) => { }) : null;

    private readonly History _history;
    private readonly int _processors;
    private readonly int _resident;
    private readonly int _heap;
    private readonly int[] _collections = new int[Generations];
    private readonly int[] _collected = new int[Generations];
    private readonly int _pauses;
    private readonly int _queue;
    private readonly int _threads;
    private TimeSpan _processorTime;
    private TimeSpan _paused;

    internal ProcessColumns(History history)
    {
        _history = history;
        _processors = history.Add(Chart.Processors, "process");
        _resident = history.Add(Chart.Memory, "resident");
        _heap = history.Add(Chart.Memory, "managed heap");
        for (var generation = 0; generation < Generations; generation++)
        {
            _collections[generation] = history.Add(Chart.Collections, $"gen {generation}");
            _collected[generation] = Collected(generation);
        }

        _pauses = history.Add(Chart.Pauses, "paused");
        _queue = history.Add(Chart.Pool, "queued work");
        _threads = history.Add(Chart.Pool, "threads");
        (_processorTime, _paused) = (ProcessorTime(), GC.GetTotalPauseDuration());
    }

    /// <summary>Writes the figures of a second that took so long.</summary>
    internal void Write(double seconds)
    {
        var processorTime = ProcessorTime();
        var paused = GC.GetTotalPauseDuration();
        _history.Set(_processors, (processorTime - _processorTime).TotalSeconds / seconds);
        _history.Set(_pauses, (paused - _paused).TotalSeconds / seconds);
        (_processorTime, _paused) = (processorTime, paused);
        _history.Set(_resident, ResidentBytes());
        _history.Set(_heap, GC.GetTotalMemory(forceFullCollection: false));
        for (var generation = 0; generation < Generations; generation++)
        {
            var collected = Collected(generation);
            _history.Set(_collections[generation], (collected - _collected[generation]) / seconds);
            _collected[generation] = collected;
        }

        _history.Set(_queue, ThreadPool.PendingWorkItemCount);
        _history.Set(_threads, ThreadPool.ThreadCount);
    }

    public void Dispose() => _stat?.Dispose();

    private double ResidentBytes()
    {
        if (_stat is null)
        {
            return Environment.WorkingSet;
        }

        var stat = _stat.Read();
        return stat.IsEmpty ? double.NaN : ProcText.StatField(stat, ResidentField) * Environment.SystemPageSize;
    }

    private static TimeSpan ProcessorTime() =>
        OperatingSystem.IsBrowser() || OperatingSystem.IsIOS() || OperatingSystem.IsTvOS() ? default : Environment.CpuUsage.TotalTime;

    // A collection of a generation counts for all younger ones too.
    private static int Collected(int generation) =>
        GC.CollectionCount(generation) - (generation + 1 < Generations ? GC.CollectionCount(generation + 1) : 0);
}
