// Owns: which workloads there are, in the order of the report, and which servers each is run on.
// Does not own: how they are run.

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

internal static class Catalog
{
    private static readonly Measure[] s_loadMeasures = [Measure.Rate, Measure.Processor, Measure.Median, Measure.Tail, Measure.Resident];

    public static readonly IReadOnlyList<Workload> All =
    [
        new LoadWorkload(new WrkLoad("/"), Text)
        {
            Name = "keepalive",
            Title = "GET of 13 bytes over 64 persistent connections",
            Servers =
            [
                ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.TinyHostPlain, ServerRows.TinyHostPlainInline, ServerRows.TinyHostNoSpin,
                ServerRows.Kestrel, ServerRows.KestrelInline, ServerRows.KestrelNoSpin,
                ServerRows.HttpListener, ServerRows.HttpListenerAccepts, ServerRows.BareLoop, ServerRows.BareLoopInline, ServerRows.Nginx, ServerRows.Go,
                ServerRows.Falcon,
            ],
            Divisor = ServerRows.Kestrel,
            Measures = s_loadMeasures,
        },
        new LoadWorkload(new WrkLoad("/") { Script = "wrk/pipelined.lua" }, Text)
        {
            Name = "pipelined",
            Title = "GET of 13 bytes, pipelined 16 deep",
            Servers =
            [
                ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.KestrelInline, ServerRows.BareLoop, ServerRows.BareLoopInline,
                ServerRows.Nginx, ServerRows.Go,
            ],
            Divisor = ServerRows.Kestrel,
            Measures = s_loadMeasures,
        },
        new LoadWorkload(new WrkLoad("/json") { Script = "wrk/json.lua" }, JsonOrder)
        {
            Name = "json",
            Title = "POST of a JSON object, answered with another",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.HttpListener, ServerRows.Go, ServerRows.Falcon],
            Divisor = ServerRows.Kestrel,
            Measures = s_loadMeasures,
        },
        new LoadWorkload(new WrkLoad("/rpc") { Script = "wrk/rpc.lua" }, RpcAdd)
        {
            Name = "rpc",
            Title = "JSON-RPC call of `add`",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.Falcon],
            Divisor = ServerRows.Kestrel,
            Measures = s_loadMeasures,
        },
        new LoadWorkload(new WrkLoad("/mebibyte") { Connections = 16 }, new Probe(HttpMethod.Get, "/mebibyte") { ExpectedLength = 1_048_576 })
        {
            Name = "download",
            Title = "Response of 1 MiB",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.Nginx, ServerRows.Go],
            Divisor = ServerRows.Kestrel,
            Measures = s_loadMeasures,
        },
        new LoadWorkload(
            new WrkLoad("/upload") { Connections = 16, Script = "wrk/upload.lua" },
            new Probe(HttpMethod.Post, "/upload") { Content = new byte[1_048_576], ContentType = "application/octet-stream", Expected = "1048576" })
        {
            Name = "upload",
            Title = "Request of 1 MiB",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.Go],
            Divisor = ServerRows.Kestrel,
            Measures = s_loadMeasures,
        },
        new LoadWorkload(new WrkLoad("/") { Fields = ["Connection: close"] }, Text)
        {
            Name = "connect",
            Title = "A new connection for each GET",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.HttpListener, ServerRows.Nginx, ServerRows.Go],
            Divisor = ServerRows.Kestrel,
            Measures = s_loadMeasures,
        },
        new IdleWorkload(Text)
        {
            Name = "idle",
            Title = "5,000 idle connections",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.Nginx, ServerRows.Go],
            Divisor = ServerRows.Kestrel,
            Measures = [Measure.PerConnection],
        },
        new StartWorkload(Text)
        {
            Name = "start",
            Title = "Process start to first response",
            Servers = StartRows.All,
            Divisor = StartRows.Kestrel,
            Measures = [Measure.FirstResponse],
        },
        Scrape(1_000, "scrape-1k", gzip: false),
        Scrape(1_000, "scrape-1k-gzip", gzip: true),
        Scrape(10_000, "scrape-10k", gzip: false),
        Scrape(10_000, "scrape-10k-gzip", gzip: true),
        Scrape(100_000, "scrape-100k", gzip: false),
        Scrape(100_000, "scrape-100k-gzip", gzip: true),
        ScrapeLatency("latency", "over and over", TimeSpan.Zero),
        ScrapeLatency("latency-1s", "each second", TimeSpan.FromSeconds(1)),
        new AllocationWorkload(Text, RpcAdd)
        {
            Name = "allocation",
            Title = "Bytes allocated for a request, of 10,000",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel],
            Divisor = ServerRows.Kestrel,
            Measures = [Measure.AllocatedGet, Measure.AllocatedPipelined, Measure.AllocatedRpc],
        },
    ];

    /// <summary>What --only takes: the names of workloads and of their families.</summary>
    public static IReadOnlyCollection<string> Names => [.. All.Select(workload => workload.Family).Concat(All.Select(workload => workload.Name)).Distinct()];

    private static ScrapeWorkload Scrape(int series, string name, bool gzip) => new(series, gzip)
    {
        Name = name,
        Family = "scrape",
        Title = string.Create(CultureInfo.InvariantCulture, $"Scrape of {series:N0} series{(gzip ? ", gzip" : "")}"),
        Servers = [ServerRows.TinyHost, ServerRows.Go, ServerRows.Falcon],
        Divisor = ServerRows.Go,
        Measures = [Measure.ScrapeTime, Measure.ScrapeProcessor, Measure.ScrapeSize],
    };

    private static ScrapeLatencyWorkload ScrapeLatency(string name, string often, TimeSpan interval) =>
        new(new WrkLoad("/") { Threads = 1, Connections = 16, Script = "wrk/paced.lua" }, Text, interval)
        {
            Name = name,
            Family = "latency",
            Title = $"Latency of the app while 100,000 series are scraped {often}",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Go],
            Divisor = ServerRows.Go,
            Measures = [Measure.TailRatio, Measure.Tail, Measure.TailWithScrape, Measure.ScrapeRate],
        };

    private static Probe Text => new(HttpMethod.Get, "/") { Expected = "Hello, World!" };

    private static Probe JsonOrder => new(HttpMethod.Post, "/json")
    {
        Content = """{"customer":"Ada Lovelace","quantity":3,"price":2.5}"""u8.ToArray(),
        Expected = """{"customer":"Ada Lovelace","total":7.5}""",
    };

    private static Probe RpcAdd => new(HttpMethod.Post, "/rpc")
    {
        Content = """{"jsonrpc":"2.0","method":"add","params":[2,3],"id":1}"""u8.ToArray(),
        Expected = """{"jsonrpc":"2.0","result":5,"id":1}""",
    };
}
