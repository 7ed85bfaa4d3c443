// Owns: the tables that show how a cost grows with the size of a workload.

using System.Text;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Reporting;

internal static class GrowthTable
{
    /// <summary>One table for each family of workloads that was measured at several sizes. Empty if no family was.</summary>
    public static string Write(IReadOnlyList<Workload> workloads, Results results)
    {
        var text = new StringBuilder();
        foreach (var family in workloads.Where(workload => workload.Size is not null).GroupBy(workload => workload.Family))
        {
            var sizes = family.ToList();
            if (sizes.Count > 1)
            {
                Append(text, family.Key, sizes, results);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string family, List<Workload> sizes, Results results)
    {
        var first = sizes[0];
        text.Append("| `").Append(family).Append("`: ").Append(first.Cost.Heading).Append(" | ")
            .AppendJoin(" | ", sizes.Select(workload => workload.Size)).AppendLine(" | last ÷ first |")
            .Append("| --- |").Append(string.Concat(sizes.Select(_ => " ---: |"))).AppendLine(" ---: |");
        foreach (var title in first.Servers.Select(server => server.Title))
        {
            var costs = sizes.Select(workload => results.Of(workload.Name, title, workload.Cost)?.Median).ToList();
            if (costs.TrueForAll(cost => cost is null))
            {
                continue;
            }

            text.Append("| ").Append(title).Append(" | ")
                .AppendJoin(" | ", costs.Select(cost => cost is null ? "–" : Figure.Of(cost.Value, first.Cost)))
                .Append(" | ").Append(costs[^1] / costs[0] is { } growth ? Figure.Ratio(growth) : "–").AppendLine(" |");
        }

        text.AppendLine();
    }
}
