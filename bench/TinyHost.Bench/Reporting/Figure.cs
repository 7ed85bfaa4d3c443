// Owns: the number format of tables and plots.

using System.Globalization;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

internal static class Figure
{
    public static string Of(double value, Measure measure) =>
        value.ToString("N" + measure.Decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>A ratio with two decimals, or three if it is below 0.1.</summary>
    public static string Ratio(double ratio) => ratio.ToString(Math.Abs(ratio) < 0.1 ? "0.000" : "0.00", CultureInfo.InvariantCulture);

    public static string Ratio(Spread ratio) => $"{Ratio(ratio.Median)} ({Ratio(ratio.Min)}–{Ratio(ratio.Max)})";
}
