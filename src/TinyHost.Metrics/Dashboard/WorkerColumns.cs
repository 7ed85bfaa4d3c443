// Owns: what the dashboard of a parent process reads of its workers, and the list of them.

namespace TinyHost.Metrics;

/// <summary>A row of the list of workers.</summary>
/// <param name="Number">The number of the worker.</param>
/// <param name="State">Such as <c>running</c>.</param>
/// <param name="Restarts">How often a process was started for it after the first.</param>
/// <param name="StartedAt">When the latest process was started, in seconds since 1970.</param>
/// <param name="Connections">Its open connections; NaN if unknown.</param>
/// <param name="Processors">The processors it uses; NaN if unknown.</param>
/// <param name="Resident">The bytes it has in memory; NaN if unknown.</param>
internal sealed record WorkerRow(
    int Number, string State, int Restarts, double StartedAt, double Connections, double Processors, double Resident);

/// <summary>Reads the memory that workers share with this process, so that a worker that hangs or has died holds up nobody.</summary>
internal sealed class WorkerColumns(
    WorkerSources sources, Func<SharedFamily, FamilyColumns?> columnsOf, SeriesBudget budget, ProcessColumns process, TimeProvider clock,
    ObserverGuard guard)
{
    // A worker writes its figures once a second.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(3);

    private readonly Dictionary<WorkerSource, WorkerReader> _readers = [];
    private readonly double[] _figures = new double[ProcessColumns.Count];

    /// <summary>The workers as of the last reading, by their numbers.</summary>
    internal IReadOnlyList<WorkerRow> Rows { get; private set; } = [];

    /// <summary>Reads all workers into the columns.</summary>
    internal void Read() => Rows = [.. sources.Visit(Read).Select(Describe)];

    private void Read(WorkerSource source, bool isLive)
    {
        if (!_readers.TryGetValue(source, out var reader))
        {
            _readers.Add(source, reader = new WorkerReader(source.Memory, columnsOf, budget));
        }

        try
        {
            reader.Read();
        }
#pragma warning disable CA1031 // Reported by the guard. The other workers' charts go on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            reader.Fail();
            guard.Failed("Reading a worker's series for the dashboard", failure);
        }

        if (!isLive)
        {
            reader.Leave();
            _readers.Remove(source);
        }
        else if (IsTelling(source))
        {
            source.Memory.ReadFigures(_figures);
            process.Add(_figures);
        }
    }

    private bool IsTelling(WorkerSource source) =>
        source.Memory.FiguresAt is var at and not 0 && clock.GetElapsedTime(at) < s_silence;

    private WorkerRow Describe(WorkerState state)
    {
        if (state.Source is not { } source || !IsTelling(source))
        {
            var text = state.Source is null ? "not running" : state.Source.Memory.FiguresAt == 0 ? "starting" : "not answering";
            return new WorkerRow(state.Number, text, state.Restarts, state.StartedAt, double.NaN, double.NaN, double.NaN);
        }

        source.Memory.ReadFigures(_figures);
        return new WorkerRow(
            state.Number,
            "running",
            state.Restarts,
            state.StartedAt,
            _figures[ProcessColumns.Connections],
            _figures[ProcessColumns.Processors],
            _figures[ProcessColumns.Resident]);
    }
}
