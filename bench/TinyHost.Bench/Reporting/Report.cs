// Owns: RESULTS.md and the plots beside it.
// Does not own: the tables in it (WorkloadTable, ReachTable).

using System.Globalization;
using System.Text;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Reporting;

internal static class Report
{
    private const string Introduction = """
        # Results

        Written by `bench/run`; what is measured, how, and how to read it is in [README.md](README.md). All servers and the client share one
        machine. Values are medians of the rounds; a ratio is taken within each round, where both servers ran one after the other, and is then the
        median of those, with the least and the greatest.
        """;

    /// <summary>Writes the report of the workloads that were run. Returns its text.</summary>
    public static string Write(string directory, IReadOnlyList<Workload> workloads, IReadOnlyList<string> leftOut, Settings settings, Results results)
    {
        var plots = Directory.CreateDirectory(Path.Combine(directory, "plots")).FullName;
        var text = new StringBuilder(Introduction).AppendLine().AppendLine();
        AppendMachine(text, settings);
        if (ReachTable.Write(results) is { Length: > 0 } reach)
        {
            text.AppendLine("## Reach").AppendLine().AppendLine(reach);
        }

        foreach (var workload in workloads)
        {
            text.Append("## ").AppendLine(workload.Title).AppendLine()
                .Append('`').Append(workload.Client).AppendLine("`").AppendLine()
                .Append("![").Append(workload.Title).Append("](plots/").Append(workload.Name).AppendLine(".svg)").AppendLine()
                .AppendLine(WorkloadTable.Write(workload, results));
            File.WriteAllText(Path.Combine(plots, workload.Name + ".svg"), Plot(workload, results));
        }

        if (leftOut.Count > 0)
        {
            text.AppendLine("## Left out").AppendLine().AppendJoin('\n', leftOut.Select(line => "- " + line)).AppendLine();
        }

        var report = text.ToString().TrimEnd() + "\n";
        File.WriteAllText(Path.Combine(directory, "RESULTS.md"), report);
        return report;
    }

    private static void AppendMachine(StringBuilder text, Settings settings)
    {
        text.AppendLine("| | |").AppendLine("| --- | --- |");
        foreach (var (name, value) in Machine.Describe())
        {
            text.Append("| ").Append(name).Append(" | ").Append(value).AppendLine(" |");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"| rounds | {settings.Rounds}, fewer where [README.md](README.md) says so; {settings.Duration} s under load for each server in each, their order rotated |")
            .AppendLine();
    }

    private static string Plot(Workload workload, Results results)
    {
        var measure = workload.Measures[0];
        var bars = workload.Servers
            .Select(server => (server, spread: results.Of(workload.Name, server.Title, measure)))
            .Where(row => row.spread is not null)
            .Select(row => new Bar(row.server.Title, row.spread!.Value, row.server.IsTinyHost))
            .ToList();
        return BarChart.Draw(workload.Title, measure, bars);
    }
}
