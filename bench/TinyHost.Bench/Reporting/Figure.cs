// Owns: how numbers are written in tables and plots.
// Does not own: which.

using System.Globalization;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

internal static class Figure
{
    public static string Of(double value, Measure measure) => value.ToString("N" + measure.Decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>A ratio; small ones with a third decimal, or they would say nothing.</summary>
    public static string Ratio(double ratio) => ratio.ToString(Math.Abs(ratio) < 0.1 ? "0.000" : "0.00", CultureInfo.InvariantCulture);

    public static string Ratio(Spread ratio) => $"{Ratio(ratio.Median)} ({Ratio(ratio.Least)}–{Ratio(ratio.Greatest)})";
}
