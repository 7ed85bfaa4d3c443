// Owns: the list of workloads and their servers, in the order of the report.

using System.Globalization;
using TinyHost.Bench.Measuring;
using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Workloads;

internal static class Catalog
{
    public static readonly IReadOnlyList<Workload> All =
    [
        new LoadWorkload(new WrkLoad("/"), Text)
        {
            Name = "keepalive",
            Title = "13-byte GET over 64 persistent connections",
            Servers =
            [
                ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.TinyHostPlain, ServerRows.TinyHostPlainInline,
                ServerRows.TinyHostNoSpin, ServerRows.Kestrel, ServerRows.KestrelInline, ServerRows.KestrelNoSpin,
                ServerRows.HttpListener, ServerRows.HttpListenerAccepts, ServerRows.BareLoop, ServerRows.BareLoopInline,
                ServerRows.Nginx, ServerRows.Go, ServerRows.Falcon,
            ],
            Divisor = ServerRows.Kestrel,
            Measures = Measure.OfLoads,
        },
        new LoadWorkload(new WrkLoad("/") { Script = "wrk/pipelined.lua" }, Text)
        {
            Name = "pipelined",
            Title = "13-byte GET, pipelined 16 deep",
            Servers =
            [
                ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.KestrelInline,
                ServerRows.BareLoop, ServerRows.BareLoopInline, ServerRows.Nginx, ServerRows.Go,
            ],
            Divisor = ServerRows.Kestrel,
            Measures = Measure.OfLoads,
        },
        new LoadWorkload(new WrkLoad("/json") { Script = "wrk/json.lua" }, JsonOrder)
        {
            Name = "json",
            Title = "JSON POST with a JSON response",
            Servers =
            [
                ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.HttpListener,
                ServerRows.Go, ServerRows.Falcon,
            ],
            Divisor = ServerRows.Kestrel,
            Measures = Measure.OfLoads,
        },
        new LoadWorkload(new WrkLoad("/rpc") { Script = "wrk/rpc.lua" }, RpcAdd)
        {
            Name = "rpc",
            Title = "JSON-RPC call to `add`",
            Servers =
            [
                RpcRows.TinyHost, RpcRows.TinyHostInline, RpcRows.TinyHostTyped, ServerRows.Kestrel, ServerRows.Go,
                ServerRows.Falcon,
            ],
            Divisor = ServerRows.Kestrel,
            Measures = Measure.OfLoads,
        },
        new SocketWorkload(new SocketLoad("/rpc", RpcAdd.Content!, connections: 16), RpcAdd)
        {
            Name = "rpc-socket",
            Title = "JSON-RPC call to `add` over a WebSocket",
            Servers = [RpcRows.TinyHost, RpcRows.TinyHostTyped, ServerRows.StreamJsonRpc],
            Divisor = ServerRows.StreamJsonRpc,
            Measures = Measure.OfLoads,
        },
        new LoadWorkload(
            new WrkLoad("/mebibyte") { Connections = 16 },
            new Probe(HttpMethod.Get, "/mebibyte") { ExpectedLength = 1_048_576 })
        {
            Name = "download",
            Title = "1 MiB response",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.Nginx, ServerRows.Go],
            Divisor = ServerRows.Kestrel,
            Measures = Measure.OfLoads,
        },
        new LoadWorkload(
            new WrkLoad("/upload") { Connections = 16, Script = "wrk/upload.lua" },
            new Probe(HttpMethod.Post, "/upload")
            {
                Content = new byte[1_048_576],
                ContentType = "application/octet-stream",
                Expected = "1048576",
            })
        {
            Name = "upload",
            Title = "1 MiB request",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.Go],
            Divisor = ServerRows.Kestrel,
            Measures = Measure.OfLoads,
        },
        new LoadWorkload(new WrkLoad("/") { Fields = ["Connection: close"] }, Text)
        {
            Name = "connect",
            Title = "One new connection per GET",
            Servers =
            [
                ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Kestrel, ServerRows.HttpListener,
                ServerRows.Nginx, ServerRows.Go,
            ],
            Divisor = ServerRows.Kestrel,
            Measures = Measure.OfLoads,
        },
        new LoadWorkload(new WrkLoad("/"), Text)
        {
            Name = "tls",
            Title = "13-byte GET over 64 persistent TLS connections",
            Servers = [ServerRows.TinyHostTls, ServerRows.TinyHostTlsInline, ServerRows.KestrelTls, ServerRows.NginxTls],
            Divisor = ServerRows.KestrelTls,
            Measures = Measure.OfLoads,
        },
        new LoadWorkload(new WrkLoad("/") { Fields = ["Connection: close"] }, Text)
        {
            Name = "tls-connect",
            Family = "tls",
            Title = "One new TLS connection per GET",
            Servers = [ServerRows.TinyHostTls, ServerRows.TinyHostTlsInline, ServerRows.KestrelTls, ServerRows.NginxTls],
            Divisor = ServerRows.KestrelTls,
            Measures = Measure.OfLoads,
        },
        .. FileWorkloads.All,
        .. RouteWorkloads.All,
        DaemonWorkload.Create(),
        .. NoiseWorkloads.For(Text),
        .. ActiveWorkloads.For(Text),
        new IdleWorkload(Text)
        {
            Name = "idle",
            Title = "5,000 idle connections",
            MaxRounds = 3,
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
        .. EventsWorkload.All(new Probe(HttpMethod.Post, "/publish") { Expected = "Hello, World!" }),
        .. EchoWorkload.All,
        .. WorkersWorkload.All(Text),
        Scrape(1_000, "scrape-1k", gzip: false),
        Scrape(1_000, "scrape-1k-gzip", gzip: true),
        Scrape(10_000, "scrape-10k", gzip: false),
        Scrape(10_000, "scrape-10k-gzip", gzip: true),
        Scrape(100_000, "scrape-100k", gzip: false),
        Scrape(100_000, "scrape-100k-gzip", gzip: true),
        ScrapeLatency("latency", "back-to-back scrapes of 100,000 series", TimeSpan.Zero),
        ScrapeLatency("latency-1s", "one scrape of 100,000 series per second", TimeSpan.FromSeconds(1)),
        new AllocationWorkload(Text, RpcAdd)
        {
            Name = "allocation",
            Title = "Bytes allocated per request",
            MaxRounds = 3,
            Servers = [RpcRows.TinyHost, RpcRows.TinyHostInline, ServerRows.Kestrel],
            Divisor = ServerRows.Kestrel,
            Measures = [Measure.AllocatedGet, Measure.AllocatedPipelined, Measure.AllocatedRpc],
        },
    ];

    /// <summary>The values of --only: the names of workloads and families.</summary>
    public static IReadOnlyCollection<string> Names =>
        [.. All.Select(workload => workload.Family).Concat(All.Select(workload => workload.Name)).Distinct()];

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

    private static ScrapeWorkload Scrape(int series, string name, bool gzip) => new(series, gzip)
    {
        Name = name,
        Family = "scrape",
        MaxRounds = 5,
        Size = gzip ? null : string.Create(CultureInfo.InvariantCulture, $"{series:N0} series"),
        Title = string.Create(CultureInfo.InvariantCulture, $"Scrape of {series:N0} series{(gzip ? ", gzip" : "")}"),
        Servers = [ServerRows.TinyHost, ServerRows.Go, ServerRows.Falcon],
        Divisor = ServerRows.Go,
        Measures = [Measure.ScrapeTime, Measure.ScrapeProcessor, Measure.ScrapeSize],
    };

    private static ScrapeLatencyWorkload ScrapeLatency(string name, string scrapes, TimeSpan interval) =>
        new(new WrkLoad("/") { Threads = 1, Connections = 16, Script = "wrk/paced.lua" }, Text, interval)
        {
            Name = name,
            Family = "latency",
            MaxRounds = 5,
            Title = $"App latency during {scrapes}",
            Servers = [ServerRows.TinyHost, ServerRows.TinyHostInline, ServerRows.Go],
            Divisor = ServerRows.Go,
            Measures = [Measure.P99Ratio, Measure.P99, Measure.P99WithScrapes, Measure.ScrapeRate],
        };
}
