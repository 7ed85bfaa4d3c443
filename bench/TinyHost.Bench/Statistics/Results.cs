// Owns: all measured values, and their medians and ratios.

namespace TinyHost.Bench.Statistics;

/// <summary>The values of a run by workload, server, measure and round.</summary>
internal sealed class Results
{
    private readonly Dictionary<(string Workload, string Server, Measure Measure), SortedDictionary<int, double>> _values = [];

    /// <summary>Adds a value. Throws <see cref="ArgumentException"/> if the round already has one.</summary>
    public void Add(string workload, string server, Measure measure, int round, double value)
    {
        if (!_values.TryGetValue((workload, server, measure), out var rounds))
        {
            _values[(workload, server, measure)] = rounds = [];
        }

        rounds.Add(round, value);
    }

    /// <summary>Returns null if nothing was measured.</summary>
    public Spread? Of(string workload, string server, Measure measure) =>
        _values.TryGetValue((workload, server, measure), out var rounds) ? Spread.Of(rounds.Values) : null;

    /// <summary>
    /// Divides one server's values by another's within each round, so that a slow phase of the machine affects both; then takes the median.
    /// Returns null if the two have no round in common or the divisor is always zero.
    /// </summary>
    public Spread? Ratio(string workload, Measure measure, string server, string divisor)
    {
        if (!_values.TryGetValue((workload, server, measure), out var dividends)
            || !_values.TryGetValue((workload, divisor, measure), out var divisors))
        {
            return null;
        }

        var ratios = dividends
            .Where(round => divisors.TryGetValue(round.Key, out var value) && value != 0)
            .Select(round => round.Value / divisors[round.Key])
            .ToList();
        return ratios.Count > 0 ? Spread.Of(ratios) : null;
    }
}
