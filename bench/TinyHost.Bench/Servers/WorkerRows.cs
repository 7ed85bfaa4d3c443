// Owns: TinyHost in a Generic Host, as one process and as a parent with workers.

using System.Globalization;

namespace TinyHost.Bench.Servers;

internal static class WorkerRows
{
    public static readonly Server OneProcess = ServerRows.TinyHost with
    {
        Title = "TinyHost, one process",
        Settings = "in a Generic Host, without workers",
        CommandFor = launch => Run(launch, workers: 0),
        IsVariation = true,
    };

    public static readonly Server One = Of(1) with { Title = "TinyHost, 1 worker", IsVariation = true };
    public static readonly Server Two = Of(2);
    public static readonly Server Four = Of(4) with { IsVariation = true };
    public static readonly Server Eight = Of(8) with { IsVariation = true };

    private static Server Of(int workers) => ServerRows.TinyHost with
    {
        Title = string.Create(CultureInfo.InvariantCulture, $"TinyHost, {workers} workers"),
        Settings = "the same as a parent with workers",
        CommandFor = launch => Run(launch, workers),
        Workers = workers,
    };

    private static Command Run(Launch launch, int workers) => DotNet.Run(
        Paths.Assembly(Paths.TinyHost), launch, "--generic-host", "--workers", workers.ToString(CultureInfo.InvariantCulture));
}
