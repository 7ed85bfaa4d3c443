// Owns: what several rounds of one measurement come to.
// Does not own: what was measured.

namespace TinyHost.Bench.Statistics;

/// <summary>The median of some values, and the least and the greatest of them.</summary>
internal readonly record struct Spread(double Median, double Least, double Greatest)
{
    /// <summary>Throws <see cref="ArgumentException"/> when there are no values.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
        {
            throw new ArgumentException("There is no median of no values.", nameof(values));
        }

        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}
