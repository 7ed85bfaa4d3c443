// Owns: the workload of a daemon as people write it.

using System.Net;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

/// <summary>A mix of requests to a JSON API. Each server is also checked for what it answers to an order that does not exist.</summary>
internal sealed class DaemonWorkload() : LoadWorkload(new WrkLoad("/") { Script = "wrk/daemon.lua" }, s_order, s_missing)
{
    private static readonly Probe s_order = new(HttpMethod.Get, "/orders/2")
    {
        Expected = """{"id":2,"customer":"Ada Lovelace","quantity":3,"price":2.5}""",
    };

    private static readonly Probe s_missing = new(HttpMethod.Get, "/orders/999")
    {
        ExpectedStatus = HttpStatusCode.NotFound,
        ExpectedType = "application/problem+json",
    };

    public static DaemonWorkload Create() => new()
    {
        Name = "daemon",
        Title = "A daemon as people write it: JSON API with scoped services, access log, problem details, metrics and spans",
        Servers = [DaemonRows.TinyHost, DaemonRows.Kestrel],
        Divisor = DaemonRows.Kestrel,
        Measures = Measure.OfLoads,
    };
}
