// Owns: the measures: heading, unit, and whether higher is better.

namespace TinyHost.Bench.Statistics;

/// <summary>One measure. Values are in the unit named by the heading.</summary>
internal sealed record Measure(string Heading, bool HigherIsBetter, int Decimals)
{
    public static readonly Measure Rate = new("requests/s", HigherIsBetter: true, 0);
    public static readonly Measure Processor = new("CPU µs/request", HigherIsBetter: false, 2);
    public static readonly Measure P50 = new("p50 ms", HigherIsBetter: false, 2);
    public static readonly Measure P99 = new("p99 ms", HigherIsBetter: false, 2);
    public static readonly Measure Resident = new("resident MiB", HigherIsBetter: false, 1);
    public static readonly Measure Proportional = new("PSS MiB", HigherIsBetter: false, 1);
    public static readonly Measure PerConnection = new("KiB/idle connection", HigherIsBetter: false, 2);
    public static readonly Measure FirstResponse = new("ms to first response", HigherIsBetter: false, 1);
    public static readonly Measure ScrapeTime = new("ms/scrape", HigherIsBetter: false, 2);
    public static readonly Measure ScrapeProcessor = new("CPU ms/scrape", HigherIsBetter: false, 2);
    public static readonly Measure ScrapeSize = new("KiB/scrape", HigherIsBetter: false, 0);
    public static readonly Measure P99WithScrapes = new("p99 ms during scrapes", HigherIsBetter: false, 2);
    public static readonly Measure P99Ratio = new("with ÷ without scrapes", HigherIsBetter: false, 2);
    public static readonly Measure ScrapeRate = new("scrapes/s", HigherIsBetter: true, 1);
    public static readonly Measure EventProcessor = new("CPU µs/event and viewer", HigherIsBetter: false, 2);
    public static readonly Measure Deliveries = new("events × viewers/s", HigherIsBetter: true, 0);
    public static readonly Measure LastViewer = new("p50 ms to the last viewer", HigherIsBetter: false, 2);
    public static readonly Measure PerViewer = new("KiB/viewer", HigherIsBetter: false, 1);
    public static readonly Measure AllocatedGet = new("B/GET", HigherIsBetter: false, 1);
    public static readonly Measure AllocatedPipelined = new("B/pipelined GET", HigherIsBetter: false, 1);
    public static readonly Measure AllocatedRpc = new("B/JSON-RPC call", HigherIsBetter: false, 1);

    /// <summary>The measures of workloads of requests in quick succession.</summary>
    public static readonly IReadOnlyList<Measure> OfLoads = [Rate, Processor, P50, P99, Resident];
}
