// Owns: the list of TinyHost's targets, by default and with inline completions.

using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

/// <summary>One measure of one TinyHost row divided by another row's, or undivided if <paramref name="Divisor"/> is null.</summary>
internal sealed record Target(string Title, string Mode, string Workload, Measure Measure, Server Row, Server? Divisor, Bound Bound);

/// <summary>A lower or upper bound.</summary>
internal sealed record Bound(bool IsLower, double Value)
{
    public bool IsMet(double value) => IsLower ? value >= Value : value <= Value;

    public override string ToString() => $"{(IsLower ? '≥' : '≤')} {Figure.Ratio(Value)}";
}

internal static class Targets
{
    // Less than half a byte per request counts as zero: the measurement includes background allocations, mainly by the clock.
    private static readonly Bound s_zero = AtMost(0.5);

    public static readonly IReadOnlyList<Target> All =
    [
        .. BareLoop("keep-alive requests/s ÷ bare loop", "keepalive", AtLeast(0.97)),
        Default("keep-alive requests/s ÷ Kestrel", "keepalive", Measure.Rate, ServerRows.Kestrel, AtLeast(1.10)),
        .. Both("keep-alive CPU per request ÷ Kestrel", "keepalive", Measure.Processor, ServerRows.Kestrel, AtMost(0.90), AtMost(0.55)),
        Inline("keep-alive requests/s ÷ nginx", "keepalive", Measure.Rate, ServerRows.Nginx, AtLeast(0.90)),
        .. Both("keep-alive p99 ÷ Kestrel", "keepalive", Measure.P99, ServerRows.Kestrel, AtMost(1.0), AtMost(1.0)),
        .. BareLoop("pipelined 16 deep, requests/s ÷ bare loop", "pipelined", AtLeast(0.95)),
        .. Both(
            "pipelined 16 deep, CPU per request ÷ Kestrel",
            "pipelined", Measure.Processor, ServerRows.Kestrel, AtMost(0.75), AtMost(0.50)),
        .. WithRpc("JSON-RPC `add` calls/s ÷ Kestrel", "rpc", Measure.Rate, ServerRows.Kestrel, AtLeast(1.30), AtLeast(1.45)),
        .. WithRpc("JSON-RPC `add` calls/s ÷ Falcon", "rpc", Measure.Rate, ServerRows.Falcon, AtLeast(4), AtLeast(6)),
        new(
            "JSON-RPC calls/s, typed ÷ raw", "default", "rpc", Measure.Rate, RpcRows.TinyHostTyped, RpcRows.TinyHost, AtLeast(0.90)),
        Inline("new connections/s ÷ nginx", "connect", Measure.Rate, ServerRows.Nginx, AtLeast(1.05)),
        .. Both("new connections/s ÷ Kestrel", "connect", Measure.Rate, ServerRows.Kestrel, AtLeast(1.20), AtLeast(1.25)),
        .. Both("1 MiB download, CPU per byte ÷ Kestrel", "download", Measure.Processor, ServerRows.Kestrel, AtMost(0.9), AtMost(0.9)),
        .. Both("1 MiB upload, CPU per byte ÷ Kestrel", "upload", Measure.Processor, ServerRows.Kestrel, AtMost(0.9), AtMost(0.9)),
        .. Both("PSS per idle connection ÷ Kestrel", "idle", Measure.PerConnection, ServerRows.Kestrel, AtMost(0.38), AtMost(0.38)),
        new(
            "daemon as people write it, CPU per request ÷ Kestrel",
            "default", "daemon", Measure.Processor, DaemonRows.TinyHost, DaemonRows.Kestrel, AtMost(0.80)),
        // Each divided by Kestrel compiled the same way.
        .. Start("JIT, packages", StartRows.TinyHost, AtMost(0.40), StartRows.TinyHostInHost, StartRows.Kestrel),
        .. Start("JIT, sources", StartRows.TinyHostFromSources, AtMost(0.40), StartRows.TinyHostInHostFromSources, StartRows.Kestrel),
        .. Start("R2R", StartRows.TinyHostReadyToRun, AtMost(0.40), StartRows.TinyHostInHostReadyToRun, StartRows.KestrelReadyToRun),
        .. Start("AOT", StartRows.TinyHostAot, AtMost(0.30), StartRows.TinyHostInHostAot, StartRows.KestrelAot),
        .. Both("resident memory under load ÷ Kestrel", "keepalive", Measure.Resident, ServerRows.Kestrel, AtMost(0.65), AtMost(0.65)),
        Default("CPU per request with metrics ÷ without", "keepalive", Measure.Processor, ServerRows.TinyHostPlain, AtMost(1.03)),
        Inline("CPU per request with metrics ÷ without", "keepalive", Measure.Processor, ServerRows.TinyHostPlainInline, AtMost(1.05)),
        .. WithRpc("bytes allocated per GET", "allocation", Measure.AllocatedGet, divisor: null, s_zero, s_zero),
        .. WithRpc("bytes allocated per pipelined GET", "allocation", Measure.AllocatedPipelined, divisor: null, s_zero, s_zero),
        .. WithRpc("bytes allocated per JSON-RPC call", "allocation", Measure.AllocatedRpc, divisor: null, s_zero, s_zero),
        .. Both(
            "app p99 during back-to-back scrapes of 100,000 series ÷ without scrapes",
            "latency", Measure.P99Ratio, divisor: null, AtMost(1.25), AtMost(1.25)),
    ];

    private static Target[] Both(string title, string workload, Measure measure, Server? divisor, Bound bound, Bound inlineBound) =>
        [Default(title, workload, measure, divisor, bound), Inline(title, workload, measure, divisor, inlineBound)];

    // Each divided by the loop with the same completions.
    private static Target[] BareLoop(string title, string workload, Bound bound) =>
    [
        Default(title, workload, Measure.Rate, ServerRows.BareLoop, bound),
        Inline(title, workload, Measure.Rate, ServerRows.BareLoopInline, bound),
    ];

    // The rows that load JSON-RPC.
    private static Target[] WithRpc(string title, string workload, Measure measure, Server? divisor, Bound bound, Bound inlineBound) =>
    [
        new(title, "default", workload, measure, RpcRows.TinyHost, divisor, bound),
        new(title, "inline", workload, measure, RpcRows.TinyHostInline, divisor, inlineBound),
    ];

    private static Target Default(string title, string workload, Measure measure, Server? divisor, Bound bound) =>
        new(title, "default", workload, measure, ServerRows.TinyHost, divisor, bound);

    private static Target Inline(string title, string workload, Measure measure, Server? divisor, Bound bound) =>
        new(title, "inline", workload, measure, ServerRows.TinyHostInline, divisor, bound);

    private static Target[] Start(string mode, Server bare, Bound bareBound, Server inHost, Server kestrel) =>
    [
        new("start to first response ÷ Kestrel, bare `HttpServer`", mode, "start", Measure.FirstResponse, bare, kestrel, bareBound),
        new("start to first response ÷ Kestrel, Generic Host", mode, "start", Measure.FirstResponse, inHost, kestrel, AtMost(0.65)),
    ];

    private static Bound AtLeast(double value) => new(IsLower: true, value);

    private static Bound AtMost(double value) => new(IsLower: false, value);
}
