// Owns: the workloads of programs with many routes.

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

internal static class RouteWorkloads
{
    public static readonly IReadOnlyList<Workload> All = [Of(10), Of(100), Of(1_000)];

    private static LoadWorkload Of(int routes)
    {
        var kestrel = RouteRows.Kestrel(routes);
        var number = routes.ToString(CultureInfo.InvariantCulture);
        // The last route of the table.
        var path = string.Create(CultureInfo.InvariantCulture, $"/api/resource{routes - 1}/42");
        return new LoadWorkload(
            new WrkLoad("/") { Script = "wrk/routes.lua", ScriptArguments = [number] },
            new Probe(HttpMethod.Get, path) { Expected = "42" })
        {
            Name = "routes-" + number,
            Family = "routes",
            Title = string.Create(CultureInfo.InvariantCulture, $"{routes:N0} routes with a parameter, each in turn"),
            Size = string.Create(CultureInfo.InvariantCulture, $"{routes:N0} routes"),
            MaxRounds = 3,
            Servers = [RouteRows.TinyHost(routes), kestrel],
            Divisor = kestrel,
            Measures = Measure.OfLoads,
        };
    }
}
