// Owns: what the dashboard reads once a second.

namespace TinyHost.Metrics;

/// <summary>
/// Reads recorded series, the runtime and the number of open connections. It starts no collection and calls no observable: callbacks of
/// the program run for scrapes alone, and a scrape that is being collected or written is not disturbed. A reading that fails leaves a gap
/// in its own charts and is reported. Not safe for several threads.
/// </summary>
internal sealed class HistorySampler : IDisposable
{
    private readonly MetricCollector _collector;
    private readonly History _history;
    private readonly SeriesBudget _budget;
    private readonly ObserverGuard _guard;
    private readonly Func<string, SharedFamily, History, FamilyColumns?> _columnsFor;
    private readonly ProcessColumns _process;
    private readonly WorkerColumns? _workers;
    private readonly List<FamilyReader> _readers = [];

    // By the name and the kind of the family: workers and this process may have the same family.
    private readonly Dictionary<(string Name, InstrumentKind Kind), FamilyColumns?> _columns = [];
    private MetricFamily[] _known = [];

    /// <param name="collector">The collector whose families are read.</param>
    /// <param name="history">Where the columns are.</param>
    /// <param name="budget">How many series may be read.</param>
    /// <param name="guard">Reports readings that fail.</param>
    /// <param name="workers">The workers to add; null for none.</param>
    /// <param name="columnsFor">The columns of a family; null for those of the page.</param>
    internal HistorySampler(
        MetricCollector collector,
        History history,
        SeriesBudget budget,
        ObserverGuard guard,
        WorkerSources? workers = null,
        Func<string, SharedFamily, History, FamilyColumns?>? columnsFor = null)
    {
        (_collector, _history, _budget, _guard) = (collector, history, budget, guard);
        _columnsFor = columnsFor ?? FamilyColumns.For;
        _process = new ProcessColumns(history);
        _workers = workers is null
            ? null
            : new WorkerColumns(workers, family => ColumnsOf(family, instrument: null), budget, _process, collector.Clock, guard);
    }

    /// <summary>The workers at the last reading.</summary>
    internal IReadOnlyList<WorkerRow> Workers => _workers?.Rows ?? [];

    /// <summary>Reads everything into a new second of the history.</summary>
    /// <param name="second">The second.</param>
    /// <param name="seconds">The time since the last reading.</param>
    /// <param name="connections">The number of open connections.</param>
    internal void Sample(long second, double seconds, int connections)
    {
        _history.Begin(second);
        _process.Read(seconds, connections);
        _collector.Segment?.WriteFigures(_collector.Clock.GetTimestamp(), _process.Figures);
        if (_collector.Families is var families && families != _known)
        {
            Follow(families);
        }

        foreach (var reader in _readers)
        {
            Read(reader);
        }

        _workers?.Read();
        _process.Write();
        foreach (var columns in _columns.Values)
        {
            columns?.Write(seconds);
        }
    }

    public void Dispose() => _process.Dispose();

    private void Read(FamilyReader reader)
    {
        try
        {
            reader.Read();
        }
#pragma warning disable CA1031 // Reported by the guard. The other charts go on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            reader.Columns.Fail();
            _guard.Failed($"Reading {reader.Family.Name} for the dashboard", failure);
        }
    }

    private void Follow(MetricFamily[] families)
    {
        foreach (var gone in _readers.FindAll(reader => !families.Contains(reader.Family)))
        {
            gone.Leave();
            _readers.Remove(gone);
        }

        foreach (var family in families)
        {
            var native = family.Definition.Native is { } options ? NativeHistogram.MaxBuckets(options) : 0;
            if (!_known.Contains(family)
                && ColumnsOf(SharedFactory.Describe(family.Definition, native), family.Definition.Instrument) is { } columns)
            {
                _readers.Add(new FamilyReader(family, columns, _budget));
            }
        }

        _known = families;
    }

    // A family of a worker that this process does not have lacks the name of its instrument.
    private FamilyColumns? ColumnsOf(SharedFamily family, string? instrument)
    {
        var key = (family.Name, family.Kind);
        if (!_columns.TryGetValue(key, out var columns) || (columns is null && instrument is not null))
        {
            _columns[key] = columns = _columnsFor(instrument ?? FamilyColumns.InstrumentOf(family), family, _history);
        }

        return columns;
    }
}
