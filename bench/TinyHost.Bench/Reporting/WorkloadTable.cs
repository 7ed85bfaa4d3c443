// Owns: a workload's table in the report, and the sentence about peers that beat TinyHost.

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
            .Append("| server | ").Append(first.Heading).Append(" | min–max | ÷ ").Append(workload.Divisor.Title).Append(" | ")
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
                .Append(" | ").Append(Figure.Of(spread.Min, first)).Append('–').Append(Figure.Of(spread.Max, first))
                .Append(" | ").Append(
                    server == workload.Divisor ? "1"
                    : results.Ratio(workload.Name, first, server.Title, workload.Divisor.Title) is { } ratio ? Figure.Ratio(ratio)
                    : "–");
            foreach (var measure in others)
            {
                var other = results.Of(workload.Name, server.Title, measure);
                text.Append(" | ").Append(other is null ? "–" : Figure.Of(other.Value.Median, measure));
            }

            text.Append(" | ").Append(server.Settings).AppendLine(" |");
        }

        return text.AppendLine().AppendLine(BetterPeers(workload, results)).ToString();
    }

    /// <summary>Lists the peers whose median beats every TinyHost row, with the ratio to the best of these rows.</summary>
    public static string BetterPeers(Workload workload, Results results)
    {
        var better = new List<string>();
        foreach (var measure in workload.Measures)
        {
            if (Best(workload, results, measure) is not { } best)
            {
                continue;
            }

            foreach (var peer in workload.Servers.Where(server => !server.IsTinyHost && !server.IsReference))
            {
                if (results.Of(workload.Name, peer.Title, measure) is { } spread && IsBetter(measure, spread.Median, best.Median)
                    && results.Ratio(workload.Name, measure, peer.Title, best.Server.Title) is { } ratio)
                {
                    better.Add($"{peer.Title} in {measure.Heading} ({Figure.Ratio(ratio.Median)} × {best.Server.Title})");
                }
            }
        }

        return better.Count > 0
            ? $"Better than every TinyHost row: {string.Join("; ", better)}."
            : "No peer beats the best TinyHost row in any column.";
    }

    private static (Server Server, double Median)? Best(Workload workload, Results results, Measure measure)
    {
        (Server Server, double Median)? best = null;
        foreach (var server in workload.Servers.Where(server => server.IsTinyHost))
        {
            if (results.Of(workload.Name, server.Title, measure) is { } spread
                && (best is null || (measure.HigherIsBetter ? spread.Median > best.Value.Median : spread.Median < best.Value.Median)))
            {
                best = (server, spread.Median);
            }
        }

        return best;
    }

    // Differences below 1 % do not count.
    private static bool IsBetter(Measure measure, double value, double other) =>
        measure.HigherIsBetter ? value > other * 1.01 : value < other * 0.99;
}
