// Owns: the figures of several rounds, and how a table shows them.
// Does not own: taking them.

using System.Globalization;

namespace TinyHost.Metrics.Benchmarks;

/// <summary>One measure of one peer, round by round.</summary>
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

    /// <summary>The median, and the least and the greatest in brackets; a dash when there is none.</summary>
    internal string Show(string format) => IsEmpty ? "–" : string.Create(
        CultureInfo.InvariantCulture,
        $"{Text(Median, format)} ({Text(_values.Min(), format)}–{Text(_values.Max(), format)})");

    internal string ShowMedian(string format) => IsEmpty ? "–" : Text(Median, format);

    /// <summary>
    /// The median of the ratios round by round: what was measured one after the other was disturbed alike. A dash when there is none.
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
