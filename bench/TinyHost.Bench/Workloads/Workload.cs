// Owns: what every workload is to the driver and the report.
// Does not own: any one of them, or their list (Catalog).

using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>Something measured of several servers side by side.</summary>
internal abstract class Workload
{
    /// <summary>Its name on the command line and in the names of files.</summary>
    public required string Name { get; init; }

    /// <summary>Several workloads that are asked for by one name; by default the workload's own.</summary>
    public string Family { get => field ?? Name; init; }

    /// <summary>Its heading in the report.</summary>
    public required string Title { get; init; }

    /// <summary>The rows.</summary>
    public required IReadOnlyList<Server> Servers { get; init; }

    /// <summary>The row that the ratios of the first measure are taken by.</summary>
    public required Server Divisor { get; init; }

    /// <summary>The columns; the first is plotted and has spread and ratio.</summary>
    public required IReadOnlyList<Measure> Measures { get; init; }

    /// <summary>What the report says of the client.</summary>
    public abstract string Client { get; }

    /// <summary>How many series a server is to expose besides its own.</summary>
    public virtual int Series => 0;

    /// <summary>How long it takes, roughly.</summary>
    public abstract TimeSpan Estimate(Settings settings, int servers);

    /// <summary>Throws <see cref="BenchException"/> when the server answers something else than it should.</summary>
    public abstract Task CheckAsync(RunningServer server, CancellationToken cancellationToken);

    /// <summary>Measures those of the servers that can be started here.</summary>
    public abstract Task RunAsync(IReadOnlyList<Server> servers, Run run);

    /// <summary>How many rounds there are at the most, however many are asked for.</summary>
    protected virtual int MostRounds => int.MaxValue;

    /// <summary>How many rounds there are.</summary>
    protected int Rounds(Settings settings) => Math.Min(settings.Rounds, MostRounds);
}
