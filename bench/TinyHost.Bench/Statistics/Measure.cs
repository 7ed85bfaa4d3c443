// Owns: what can be measured: its heading, unit and which way is better.
// Does not own: measuring it.

namespace TinyHost.Bench.Statistics;

/// <summary>One quantity. Values are kept in the unit that the heading names.</summary>
internal sealed record Measure(string Heading, bool MoreIsBetter, int Decimals)
{
    public static readonly Measure Rate = new("requests/s", MoreIsBetter: true, 0);
    public static readonly Measure Processor = new("CPU µs/request", MoreIsBetter: false, 2);
    public static readonly Measure Median = new("p50 ms", MoreIsBetter: false, 2);
    public static readonly Measure Tail = new("p99 ms", MoreIsBetter: false, 2);
    public static readonly Measure Resident = new("resident MiB", MoreIsBetter: false, 1);
    public static readonly Measure PerConnection = new("KiB/idle connection", MoreIsBetter: false, 2);
    public static readonly Measure FirstResponse = new("ms to first response", MoreIsBetter: false, 1);
    public static readonly Measure ScrapeTime = new("ms/scrape", MoreIsBetter: false, 2);
    public static readonly Measure ScrapeProcessor = new("CPU ms/scrape", MoreIsBetter: false, 2);
    public static readonly Measure ScrapeSize = new("KiB/scrape", MoreIsBetter: false, 0);
    public static readonly Measure TailWithScrape = new("p99 ms during scrapes", MoreIsBetter: false, 2);
    public static readonly Measure TailRatio = new("during ÷ without", MoreIsBetter: false, 2);
    public static readonly Measure ScrapeRate = new("scrapes/s meanwhile", MoreIsBetter: true, 1);
    public static readonly Measure AllocatedGet = new("B/GET", MoreIsBetter: false, 1);
    public static readonly Measure AllocatedPipelined = new("B/pipelined GET", MoreIsBetter: false, 1);
    public static readonly Measure AllocatedRpc = new("B/JSON-RPC call", MoreIsBetter: false, 1);
}
