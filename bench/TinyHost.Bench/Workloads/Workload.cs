// Owns: what all workloads have in common.

using System.Globalization;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>A run of the driver: settings, results so far, where progress is written, and cancellation.</summary>
internal sealed record Run(Settings Settings, Results Results, TextWriter Progress, CancellationToken CancellationToken);

/// <summary>A measurement of several servers side by side.</summary>
/// <param name="probes">The requests that check each server before it is measured.</param>
internal abstract class Workload(params Probe[] probes)
{
    /// <summary>The name on the command line and in file names.</summary>
    public required string Name { get; init; }

    /// <summary>A name that selects several workloads; the workload's own name by default.</summary>
    public string Family { get => field ?? Name; init; }

    /// <summary>The heading in the report.</summary>
    public required string Title { get; init; }

    /// <summary>The size, if the workload is one of a family that differs in size: the report shows how the cost grows.</summary>
    public string? Size { get; init; }

    /// <summary>The rows.</summary>
    public required IReadOnlyList<Server> Servers { get; init; }

    /// <summary>The row that the first measure of all rows is divided by.</summary>
    public required Server Divisor { get; init; }

    /// <summary>The columns. The first is plotted, and shown with its range and ratio.</summary>
    public required IReadOnlyList<Measure> Measures { get; init; }

    /// <summary>The measure whose growth with the size the report shows; by default the first that is a cost.</summary>
    public Measure Cost { get => field ?? Measures.First(measure => !measure.HigherIsBetter); init; }

    /// <summary>The maximum number of rounds, whatever the settings say.</summary>
    public int MaxRounds { get; init; } = int.MaxValue;

    /// <summary>The client's description in the report.</summary>
    public abstract string Client { get; }

    /// <summary>The number of series a server exposes besides its own.</summary>
    public virtual int Series => 0;

    /// <summary>Estimates the duration.</summary>
    public abstract TimeSpan Estimate(Settings settings, int servers);

    /// <summary>Throws <see cref="BenchException"/> if the server's response is wrong.</summary>
    public virtual async Task CheckAsync(RunningServer server, CancellationToken cancellationToken)
    {
        foreach (var probe in probes)
        {
            await probe.CheckAsync(server, cancellationToken);
        }
    }

    /// <summary>Measures the servers.</summary>
    public abstract Task RunAsync(IReadOnlyList<Server> servers, Run run);

    protected int Rounds(Settings settings) => Math.Min(settings.Rounds, MaxRounds);

    protected void Add(Run run, string server, int round, Measure measure, double value) =>
        run.Results.Add(Name, server, measure, round, value);

    protected Task WriteProgressAsync(Run run, string server, int round, int rounds, FormattableString figures) =>
        run.Progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {round + 1}/{rounds} {server,-34} ")
            + figures.ToString(CultureInfo.InvariantCulture));
}
