// Owns: median, minimum and maximum of a measurement over several rounds.

namespace TinyHost.Bench.Statistics;

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
