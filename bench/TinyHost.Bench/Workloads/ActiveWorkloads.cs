// Owns: the workloads of many connections of which a tenth is active.

using System.Globalization;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

internal static class ActiveWorkloads
{
    public static IReadOnlyList<Workload> For(Probe probe) => [Of(1_000, probe), Of(5_000, probe), Of(10_000, probe)];

    private static ActiveWorkload Of(int connections, Probe probe) => new(connections, probe)
    {
        Name = "active-" + (connections / 1_000).ToString(CultureInfo.InvariantCulture) + "k",
        Family = "active",
        Title = string.Create(CultureInfo.InvariantCulture, $"{connections:N0} connections, a tenth of them active"),
        Size = string.Create(CultureInfo.InvariantCulture, $"{connections:N0}"),
        MaxRounds = 3,
        Servers = [ServerRows.TinyHost, ServerRows.Kestrel, ServerRows.NginxWide],
        Divisor = ServerRows.Kestrel,
        Measures = Measure.OfLoads,
    };
}
