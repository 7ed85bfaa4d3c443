// Owns: a workload's table in the report, and the sentence that says where a peer is ahead.
// Does not own: the rest of the report (Report).

using System.Text;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Reporting;

internal static class WorkloadTable
{
    public static string Write(Workload workload, Results results)
    {
        var first = workload.Measures[0];
        var others = workload.Measures.Skip(1).ToArray();
        var text = new StringBuilder()
            .Append("| server | ").Append(first.Heading).Append(" | least–greatest | ÷ ").Append(workload.Divisor.Title).Append(" | ")
            .AppendJoin(" | ", others.Select(measure => measure.Heading)).Append(others.Length > 0 ? " | " : "").AppendLine("settings |")
            .Append("| --- | ---: | ---: | ---: | ").Append(string.Concat(others.Select(_ => "---: | "))).AppendLine("--- |");
        foreach (var server in workload.Servers)
        {
            if (results.Of(workload.Name, server.Title, first) is not { } spread)
            {
                continue;
            }

            text.Append("| ").Append(server.IsTinyHost ? $"**{server.Title}**" : server.Title)
                .Append(" | ").Append(Figure.Of(spread.Median, first))
                .Append(" | ").Append(Figure.Of(spread.Least, first)).Append('–').Append(Figure.Of(spread.Greatest, first))
                .Append(" | ").Append(
                    server == workload.Divisor ? "1"
                    : results.Ratio(workload.Name, first, server.Title, workload.Divisor.Title) is { } ratio ? Figure.Ratio(ratio)
                    : "–");
            foreach (var measure in others)
            {
                text.Append(" | ").Append(results.Of(workload.Name, server.Title, measure) is { } other ? Figure.Of(other.Median, measure) : "–");
            }

            text.Append(" | ").Append(server.Settings).AppendLine(" |");
        }

        return text.AppendLine().AppendLine(Ahead(workload, results)).ToString();
    }

    /// <summary>Which peers have a better median than every row of TinyHost's, and by what ratio to the best of those.</summary>
    public static string Ahead(Workload workload, Results results)
    {
        var said = new List<string>();
        foreach (var measure in workload.Measures)
        {
            if (Best(workload, results, measure) is not { } best)
            {
                continue;
            }

            foreach (var peer in workload.Servers.Where(server => !server.IsTinyHost && !server.IsMark))
            {
                if (results.Of(workload.Name, peer.Title, measure) is { } spread && IsBetter(measure, spread.Median, best.Median)
                    && results.Ratio(workload.Name, measure, peer.Title, best.Server.Title) is { } ratio)
                {
                    said.Add($"{peer.Title} in {measure.Heading} ({Figure.Ratio(ratio.Median)} × {best.Server.Title})");
                }
            }
        }

        return said.Count > 0 ? $"Ahead of every row of TinyHost: {string.Join("; ", said)}." : "No peer is ahead of TinyHost's best row in any column.";
    }

    private static (Server Server, double Median)? Best(Workload workload, Results results, Measure measure)
    {
        (Server Server, double Median)? best = null;
        foreach (var server in workload.Servers.Where(server => server.IsTinyHost))
        {
            if (results.Of(workload.Name, server.Title, measure) is { } spread && (best is null || (measure.MoreIsBetter ? spread.Median > best.Value.Median : spread.Median < best.Value.Median)))
            {
                best = (server, spread.Median);
            }
        }

        return best;
    }

    // By one in a hundred at the least: less is no difference.
    private static bool IsBetter(Measure measure, double value, double other) => measure.MoreIsBetter ? value > other * 1.01 : value < other * 0.99;
}
