// Owns: the figures of several rounds, and their format in tables.

using System.Globalization;

namespace TinyHost.Metrics.Benchmarks;

/// <summary>One measure of one peer in every round.</summary>
internal sealed class Figures
{
    private readonly List<double> _values = [];

    internal bool IsEmpty => _values.Count == 0;

    internal double Median
    {
        get
        {
            double[] sorted = [.. _values.Order()];
            return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    internal void Add(double value) => _values.Add(value);

    /// <summary>Returns the median, with minimum and maximum in parentheses, or a dash if there are no values.</summary>
    internal string Show(string format) => IsEmpty ? "–" : string.Create(
        CultureInfo.InvariantCulture,
        $"{Text(Median, format)} ({Text(_values.Min(), format)}–{Text(_values.Max(), format)})");

    internal string ShowMedian(string format) => IsEmpty ? "–" : Text(Median, format);

    /// <summary>
    /// Returns the median of the ratios within each round, since noise affects measurements taken together alike. A dash if there are none.
    /// </summary>
    internal string ShowRatio(Figures divisor)
    {
        var ratios = new Figures();
        foreach (var (value, other) in _values.Zip(divisor._values))
        {
            ratios.Add(value / other);
        }

        return ratios.ShowMedian("0.00");
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
