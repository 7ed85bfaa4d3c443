// Owns: the table of targets: bound, measured value, met or not.

using System.Text;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

internal static class TargetTable
{
    /// <summary>Returns the table, or an empty string if no figure with a target was measured.</summary>
    public static string Write(Results results)
    {
        var rows = Targets.All
            .Select(target => (Target: target, Measured: Measured(target, results)))
            .Where(row => row.Measured is not null)
            .ToList();
        if (rows.Count == 0)
        {
            return "";
        }

        var text = new StringBuilder("| measure | mode | target | measured (min–max) | |\n| --- | --- | ---: | ---: | --- |\n");
        foreach (var (target, measured) in rows)
        {
            var isMet = target.Bound.IsMet(measured!.Value.Median);
            text.Append("| ").Append(target.Title).Append(" | ").Append(target.Mode).Append(" | ").Append(target.Bound)
                .Append(" | ").Append(Figure.Ratio(measured.Value)).Append(" | ").Append(isMet ? "met" : "**not met**").Append(" |\n");
        }

        return text.ToString();
    }

    private static Spread? Measured(Target target, Results results) =>
        target.Divisor is null
            ? results.Of(target.Workload, target.Row.Title, target.Measure)
            : results.Ratio(target.Workload, target.Measure, target.Row.Title, target.Divisor.Title);
}
