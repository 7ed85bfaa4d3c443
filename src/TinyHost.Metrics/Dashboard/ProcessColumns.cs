// Owns: the columns about the process and the runtime, asked directly rather than through observable instruments.

namespace TinyHost.Metrics;

/// <summary>
/// Figures that cost no memory to read. Times are as of the last reading. A worker also tells them to its parent, which shows the sums.
/// </summary>
internal sealed class ProcessColumns : IDisposable
{
    /// <summary>The number of figures.</summary>
    internal const int Count = 10;

    /// <summary>The place of open connections among the figures.</summary>
    internal const int Connections = 0;

    /// <summary>The place of processors used.</summary>
    internal const int Processors = 1;

    /// <summary>The place of resident bytes.</summary>
    internal const int Resident = 2;

    private const int FirstCollections = 4;
    private const int Generations = 3;
    private const int ResidentField = 24;

    // Environment.WorkingSet allocates on Linux. The collector reports a file that cannot be read.
    private readonly ProcFile? _stat = OperatingSystem.IsLinux() ? new ProcFile("/proc/self/stat", static (_, _) => { }) : null;

    private readonly History _history;
    private readonly int[] _columns;
    private readonly double[] _figures = new double[Count];
    private readonly double[] _others = new double[Count];
    private readonly int[] _collected = new int[Generations];
    private TimeSpan _processorTime;
    private TimeSpan _paused;

    internal ProcessColumns(History history)
    {
        _history = history;
        _columns =
        [
            history.Add(Chart.Connections, "open"),
            history.Add(Chart.Processors, "process"),
            history.Add(Chart.Memory, "resident"),
            history.Add(Chart.Memory, "managed heap"),
            .. Enumerable.Range(0, Generations).Select(generation => history.Add(Chart.Collections, $"gen {generation}")),
            history.Add(Chart.Pauses, "paused"),
            history.Add(Chart.Pool, "queued work"),
            history.Add(Chart.Pool, "threads"),
        ];
        for (var generation = 0; generation < Generations; generation++)
        {
            _collected[generation] = Collected(generation);
        }

        (_processorTime, _paused) = (ProcessorTime(), GC.GetTotalPauseDuration());
    }

    /// <summary>The figures of this process as last read.</summary>
    internal ReadOnlySpan<double> Figures => _figures;

    /// <summary>Reads the figures of a second that took so long.</summary>
    internal void Read(double seconds, int connections)
    {
        Array.Clear(_others);
        var processorTime = ProcessorTime();
        var paused = GC.GetTotalPauseDuration();
        _figures[Connections] = connections;
        _figures[Processors] = (processorTime - _processorTime).TotalSeconds / seconds;
        _figures[Resident] = ResidentBytes();
        _figures[3] = GC.GetTotalMemory(forceFullCollection: false);
        for (var generation = 0; generation < Generations; generation++)
        {
            var collected = Collected(generation);
            _figures[FirstCollections + generation] = (collected - _collected[generation]) / seconds;
            _collected[generation] = collected;
        }

        _figures[FirstCollections + Generations] = (paused - _paused).TotalSeconds / seconds;
        _figures[FirstCollections + Generations + 1] = ThreadPool.PendingWorkItemCount;
        _figures[FirstCollections + Generations + 2] = ThreadPool.ThreadCount;
        (_processorTime, _paused) = (processorTime, paused);
    }

    /// <summary>Adds the figures of another process.</summary>
    internal void Add(ReadOnlySpan<double> figures)
    {
        for (var i = 0; i < Count; i++)
        {
            _others[i] += figures[i];
        }
    }

    /// <summary>Writes the figures of all processes.</summary>
    internal void Write()
    {
        for (var i = 0; i < Count; i++)
        {
            _history.Set(_columns[i], _figures[i] + _others[i]);
        }
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
