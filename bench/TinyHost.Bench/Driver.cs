// Owns: a run, from its plan to its report: the workloads, their servers and their order.

using System.Globalization;
using TinyHost.Bench.Reporting;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench;

internal sealed class Driver(Settings settings, TextWriter output)
{
    private static readonly string s_partialReport = Path.Combine(Paths.Artifacts, "part");

    private readonly IReadOnlyList<Workload> _workloads = [.. Catalog.All.Where(workload => IsSelected(workload, settings.Only))];
    private readonly List<string> _leftOut = [];

    public void List()
    {
        foreach (var workload in _workloads)
        {
            output.WriteLine($"{workload.Name,-16} {workload.Title}: {string.Join(", ", workload.Servers.Select(server => server.Title))}");
        }
    }

    /// <summary>Starts each .NET server as each workload would, and checks its response.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var checks = 0;
        var groups = _workloads
            .SelectMany(workload => Available(workload)
                .Where(server => server is { IsDotNet: true, IsVariation: false }).Select(server => (workload, server)))
            .GroupBy(pair => (pair.server, pair.workload.Series), pair => pair.workload);
        foreach (var group in groups)
        {
            await using var server = await RunningServer.StartAsync(group.Key.server, group.Key.Series, cancellationToken);
            foreach (var workload in group)
            {
                await workload.CheckAsync(server, cancellationToken);
                checks++;
            }

            await output.WriteLineAsync($"{server.Title} responds correctly: {string.Join(", ", group.Select(workload => workload.Name))}");
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{checks} responses checked."));
    }

    public async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var plan = _workloads.Select(workload => (Workload: workload, Servers: Available(workload))).ToList();
        await WritePlanAsync(plan);
        var run = new Run(settings, new Results(), output, cancellationToken);
        var done = new List<Workload>();
        try
        {
            foreach (var (workload, servers) in plan)
            {
                await output.WriteLineAsync($"\n{workload.Name}: {workload.Title}");
                await workload.RunAsync(servers, run);
                done.Add(workload);
            }
        }
        catch when (done.Count > 0)
        {
            // Keep the results so far, as a partial report.
            await WriteReportAsync(s_partialReport, done, run.Results);
            throw;
        }

        await WriteReportAsync(settings.Output ?? (settings.Only.Count == 0 ? "." : s_partialReport), done, run.Results);
    }

    private static bool IsSelected(Workload workload, IReadOnlyList<string> only) =>
        only.Count == 0 || only.Contains(workload.Name) || only.Contains(workload.Family);

    private async Task WritePlanAsync(List<(Workload Workload, List<Server> Servers)> plan)
    {
        var total = TimeSpan.Zero;
        foreach (var (workload, servers) in plan)
        {
            var time = workload.Estimate(settings, servers.Count);
            total += time;
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{workload.Name,-16} {servers.Count,2} servers, about {time.TotalSeconds,4:N0} s"));
        }

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"Total: about {total.TotalMinutes:N0} min, starting at {DateTime.Now:HH:mm}."));
        foreach (var line in _leftOut)
        {
            await output.WriteLineAsync(line);
        }
    }

    private async Task WriteReportAsync(string directory, List<Workload> workloads, Results results)
    {
        var report = Report.Write(directory, workloads, _leftOut, settings, results);
        await output.WriteLineAsync($"\n{report}");
        await output.WriteLineAsync($"Wrote {Path.GetFullPath(Path.Combine(directory, "RESULTS.md"))} and plots/ beside it.");
    }

    private List<Server> Available(Workload workload)
    {
        var available = new List<Server>();
        foreach (var server in workload.Servers)
        {
            if (server.RequiredFile is null || File.Exists(server.RequiredFile))
            {
                available.Add(server);
            }
            else
            {
                _leftOut.Add($"{workload.Name}: {server.Title}, because {server.RequiredFile} does not exist");
            }
        }

        return available;
    }
}
