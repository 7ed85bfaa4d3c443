// Owns: the table of what was to be reached: target, measured, met or not.
// Does not own: the targets (Reaches).

using System.Text;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

internal static class ReachTable
{
    /// <summary>The table; empty when nothing that has a target was measured.</summary>
    public static string Write(Results results)
    {
        var rows = Reaches.All.Select(reach => (Reach: reach, Measured: Measured(reach, results))).Where(row => row.Measured is not null).ToList();
        if (rows.Count == 0)
        {
            return "";
        }

        var text = new StringBuilder("| measure | mode | target | measured (least–greatest) | |\n| --- | --- | ---: | ---: | --- |\n");
        foreach (var (reach, measured) in rows)
        {
            var isMet = reach.Target.IsMet(measured!.Value.Median);
            text.Append("| ").Append(reach.What).Append(" | ").Append(reach.Mode).Append(" | ").Append(reach.Target)
                .Append(" | ").Append(Figure.Ratio(measured.Value)).Append(" | ").Append(isMet ? "met" : "**not met**").Append(" |\n");
        }

        return text.ToString();
    }

    private static Spread? Measured(Reach reach, Results results) =>
        reach.Divisor is null
            ? results.Of(reach.Workload, reach.Row.Title, reach.Measure)
            : results.Ratio(reach.Workload, reach.Measure, reach.Row.Title, reach.Divisor.Title);
}
