// Owns: what the dashboard reads once a second.

namespace TinyHost.Metrics;

/// <summary>
/// Reads recorded series, the runtime and the number of open connections. It starts no collection and calls no observable: callbacks of
/// the program run for scrapes alone, and a scrape that is being collected or written is not disturbed. Not safe for several threads.
/// </summary>
internal sealed class HistorySampler : IDisposable
{
    private readonly MetricCollector _collector;
    private readonly History _history;
    private readonly SeriesBudget _budget;
    private readonly ProcessColumns _process;
    private readonly List<FamilyColumns> _families = [];
    private readonly int _connections;
    private MetricFamily[] _known = [];

    /// <param name="collector">The collector whose families are read.</param>
    /// <param name="history">Where the columns are.</param>
    /// <param name="budget">How many series may be read.</param>
    internal HistorySampler(MetricCollector collector, History history, SeriesBudget budget)
    {
        (_collector, _history, _budget) = (collector, history, budget);
        _process = new ProcessColumns(history);
        _connections = history.Add(Chart.Connections, "open");
    }

    /// <summary>Reads everything into a new second of the history. If it throws, that second is a gap.</summary>
    /// <param name="second">The second.</param>
    /// <param name="seconds">The time since the last reading.</param>
    /// <param name="connections">The number of open connections.</param>
    internal void Sample(long second, double seconds, int connections)
    {
        _history.Begin(second);
        var families = _collector.Families;
        if (families != _known)
        {
            Follow(families);
        }

        _history.Set(_connections, connections);
        _process.Write(seconds);
        foreach (var family in _families)
        {
            family.Write(seconds);
        }
    }

    public void Dispose() => _process.Dispose();

    private void Follow(MetricFamily[] families)
    {
        foreach (var gone in _families.FindAll(read => !families.Contains(read.Family)))
        {
            gone.Leave();
            _families.Remove(gone);
        }

        foreach (var family in families)
        {
            if (!_known.Contains(family) && FamilyColumns.For(family, _history, _budget) is { } columns)
            {
                _families.Add(columns);
            }
        }

        _known = families;
    }
}
