// Owns: the workloads of static files, by size, and of files that the client has already.

using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

internal static class FileWorkloads
{
    private const int MaxRounds = 3;

    public static readonly IReadOnlyList<Workload> All =
    [
        .. BenchFiles.All.Select(file => new LoadWorkload(new WrkLoad(file.Path) { Connections = file.Connections }, ProbeOf(file))
        {
            Name = "files-" + file.Name,
            Family = "files",
            Title = $"Static file of {file.Size}",
            Size = file.Size,
            MaxRounds = MaxRounds,
            Servers = FileRows.All,
            Divisor = FileRows.Kestrel,
            Measures = Measure.OfLoads,
        }),
        Conditional(BenchFiles.Small),
        Conditional(BenchFiles.Large),
    ];

    private static ConditionalWorkload Conditional(BenchFile file) =>
        new(new ConditionalLoad(new WrkLoad(file.Path)), ProbeOf(file))
        {
            Name = $"files-{file.Name}-304",
            Family = "files",
            Title = $"Static file of {file.Size} that the client has: 304",
            MaxRounds = MaxRounds,
            Servers = FileRows.All,
            Divisor = FileRows.Kestrel,
            Measures = Measure.OfLoads,
        };

    private static Probe ProbeOf(BenchFile file) => new(HttpMethod.Get, file.Path) { ExpectedLength = file.Length };
}
