// Owns: every value measured, and the medians and ratios that follow.
// Does not own: how they are shown (Reporting/).

namespace TinyHost.Bench.Statistics;

/// <summary>The values of a run, by workload, server and measure, in the order of rounds.</summary>
internal sealed class Results
{
    private readonly Dictionary<(string Workload, string Server, Measure Measure), SortedDictionary<int, double>> _values = [];

    /// <summary>Keeps a value. Throws <see cref="ArgumentException"/> when that round has one.</summary>
    public void Add(string workload, string server, Measure measure, int round, double value)
    {
        if (!_values.TryGetValue((workload, server, measure), out var rounds))
        {
            _values[(workload, server, measure)] = rounds = [];
        }

        rounds.Add(round, value);
    }

    /// <summary>Null when it was not measured.</summary>
    public Spread? Of(string workload, string server, Measure measure) =>
        _values.TryGetValue((workload, server, measure), out var rounds) ? Spread.Of(rounds.Values) : null;

    /// <summary>
    /// One server's value by another's, taken within each round, so that what slows the machine for a while slows both; then the median.
    /// Null when they have no round in common or the divisor is zero.
    /// </summary>
    public Spread? Ratio(string workload, Measure measure, string server, string divisor)
    {
        if (!_values.TryGetValue((workload, server, measure), out var dividends) || !_values.TryGetValue((workload, divisor, measure), out var divisors))
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
