// Owns: a run from its plan to its report: which workloads, on which servers, in what order.
// Does not own: the workloads or the report.

using System.Globalization;
using TinyHost.Bench.Reporting;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;
using TinyHost.Bench.Workloads;

namespace TinyHost.Bench;

internal sealed class Driver(Settings settings, TextWriter output)
{
    private readonly IReadOnlyList<Workload> _workloads =
        [.. Catalog.All.Where(workload => settings.Only.Count == 0 || settings.Only.Contains(workload.Name) || settings.Only.Contains(workload.Family))];

    private static readonly string s_partDirectory = Path.Combine(Places.Artifacts, "part");

    private readonly List<string> _leftOut = [];

    public void List()
    {
        foreach (var workload in _workloads)
        {
            output.WriteLine($"{workload.Name,-16} {workload.Title}: {string.Join(", ", workload.Servers.Select(server => server.Title))}");
        }
    }

    /// <summary>Starts each .NET server as each workload would, and checks its answer.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var answers = 0;
        var groups = _workloads
            .SelectMany(workload => Available(workload).Where(server => server.IsDotNet).Select(server => (workload, server)))
            .GroupBy(pair => (pair.server, pair.workload.Series), pair => pair.workload);
        foreach (var group in groups)
        {
            await using var server = await RunningServer.StartAsync(group.Key.server, group.Key.Series, cancellationToken);
            foreach (var workload in group)
            {
                await workload.CheckAsync(server, cancellationToken);
                answers++;
            }

            await output.WriteLineAsync($"{server.Server.Title} answers as it should: {string.Join(", ", group.Select(workload => workload.Name))}");
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{answers} answers checked."));
    }

    public async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var plan = _workloads.Select(workload => (Workload: workload, Servers: Available(workload))).ToList();
        var estimate = TimeSpan.Zero;
        foreach (var (workload, servers) in plan)
        {
            var time = workload.Estimate(settings, servers.Count);
            estimate += time;
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{workload.Name,-16} {servers.Count,2} servers, about {time.TotalSeconds,4:N0} s"));
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"In all about {estimate.TotalMinutes:N0} min, from {DateTime.Now:HH:mm}."));
        foreach (var line in _leftOut)
        {
            await output.WriteLineAsync(line);
        }

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
            // What was measured before the fault is not lost; it is only not a whole report.
            await WriteReportAsync(s_partDirectory, done, run.Results);
            throw;
        }

        await WriteReportAsync(settings.Output ?? (settings.Only.Count == 0 ? "." : s_partDirectory), done, run.Results);
    }

    private async Task WriteReportAsync(string directory, List<Workload> workloads, Results results)
    {
        var report = Report.Write(directory, workloads, _leftOut, settings, results);
        await output.WriteLineAsync($"\n{report}");
        await output.WriteLineAsync($"Written: {Path.GetFullPath(Path.Combine(directory, "RESULTS.md"))} and plots/ beside it.");
    }

    private List<Server> Available(Workload workload)
    {
        var available = new List<Server>();
        foreach (var server in workload.Servers)
        {
            if (server.Needs is null || File.Exists(server.Needs))
            {
                available.Add(server);
            }
            else
            {
                _leftOut.Add($"{workload.Name}: {server.Title}, because there is no {server.Needs}");
            }
        }

        return available;
    }
}
