// Owns: RESULTS.md and the plots beside it.

using System.Globalization;
using System.Text;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench.Reporting;

internal static class Report
{
    private const string Introduction = """
        # Results

        Written by `bench/run`. [README.md](README.md) explains what is measured, how, and how to read the results. All servers and the
        client share one machine. Values are medians over all rounds. Ratios are computed within each round, when both servers ran shortly
        after each other; the tables show their median, minimum and maximum.
        """;

    /// <summary>Writes the report on the workloads, and returns its text.</summary>
    public static string Write(
        string directory, IReadOnlyList<Workload> workloads, IReadOnlyList<string> leftOut, Settings settings, Results results)
    {
        var plots = Directory.CreateDirectory(Path.Combine(directory, "plots")).FullName;
        var text = new StringBuilder(Introduction).AppendLine().AppendLine();
        AppendMachine(text, settings, results);
        if (TargetTable.Write(results) is { Length: > 0 } targets)
        {
            text.AppendLine("## Targets").AppendLine().AppendLine(targets);
        }

        if (GrowthTable.Write(workloads, results) is { Length: > 0 } growth)
        {
            text.AppendLine("## How costs grow").AppendLine().Append(growth);
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

    private static void AppendMachine(StringBuilder text, Settings settings, Results results)
    {
        text.AppendLine("| | |").AppendLine("| --- | --- |");
        foreach (var (name, value) in Machine.Describe())
        {
            text.Append("| ").Append(name).Append(" | ").Append(value).AppendLine(" |");
        }

        text.Append("| quiet | ").Append(Quietness.Describe(results)).AppendLine(" |")
            .Append(CultureInfo.InvariantCulture, $"| rounds | {settings.Rounds}, fewer where [README.md](README.md) says so; ")
            .AppendLine(CultureInfo.InvariantCulture, $"each puts every server under load for {settings.Duration} s, in rotating order |")
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
