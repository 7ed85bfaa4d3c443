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
    /// Rounds that only one of them has, or with a zero divisor, are ignored; returns null if no other is left.
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

/// <summary>Median, minimum and maximum of several values.</summary>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    /// <summary>Throws <see cref="ArgumentException"/> if there are no values.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
        {
            throw new ArgumentException("There are no values.", nameof(values));
        }

        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
