// Owns: the list of what TinyHost is meant to reach, by default and with inline completions.
// Does not own: the measurements behind it.

using TinyHost.Bench.Servers;
using TinyHost.Bench.Statistics;

namespace TinyHost.Bench.Reporting;

internal static class Reaches
{
    // What the process allocates by itself meanwhile, its clock above all, is in the measurement: less than half a byte a request is none.
    private static readonly Target s_nothing = AtMost(0.5);

    public static readonly IReadOnlyList<Reach> All =
    [
        .. Both("keep-alive requests/s ÷ Kestrel", "keepalive", Measure.Rate, ServerRows.Kestrel, AtLeast(1.10), AtLeast(1.55)),
        .. Both("keep-alive CPU per request ÷ Kestrel", "keepalive", Measure.Processor, ServerRows.Kestrel, AtMost(0.90), AtMost(0.55)),
        Inline("keep-alive requests/s ÷ nginx", "keepalive", Measure.Rate, ServerRows.Nginx, AtLeast(0.90)),
        .. Both("keep-alive p99 ÷ Kestrel", "keepalive", Measure.Tail, ServerRows.Kestrel, AtMost(1.0), AtMost(1.2)),
        .. Both("pipelined 16: CPU per request ÷ Kestrel", "pipelined", Measure.Processor, ServerRows.Kestrel, AtMost(0.75), AtMost(0.50)),
        .. Both("JSON-RPC `add` calls/s ÷ the same on Kestrel", "rpc", Measure.Rate, ServerRows.Kestrel, AtLeast(1.10), AtLeast(1.50)),
        .. Both("JSON-RPC `add` calls/s ÷ Falcon on gunicorn", "rpc", Measure.Rate, ServerRows.Falcon, AtLeast(4), AtLeast(6)),
        .. Both("new connections/s ÷ Kestrel", "connect", Measure.Rate, ServerRows.Kestrel, AtLeast(1.15), AtLeast(1.25)),
        .. Both("1 MiB download, CPU per byte ÷ Kestrel", "download", Measure.Processor, ServerRows.Kestrel, AtMost(0.9), AtMost(0.9)),
        .. Both("1 MiB upload, CPU per byte ÷ Kestrel", "upload", Measure.Processor, ServerRows.Kestrel, AtMost(0.9), AtMost(0.9)),
        .. Both("process memory per idle connection ÷ Kestrel", "idle", Measure.PerConnection, ServerRows.Kestrel, AtMost(0.40), AtMost(0.40)),
        // Each by Kestrel made the same way.
        .. Start("JIT, packages", StartRows.TinyHost, StartRows.TinyHostInHost, StartRows.Kestrel),
        .. Start("JIT, sources", StartRows.TinyHostFromSources, StartRows.TinyHostInHostFromSources, StartRows.Kestrel),
        .. Start("R2R", StartRows.TinyHostReadyToRun, StartRows.TinyHostInHostReadyToRun, StartRows.KestrelReadyToRun),
        .. Start("AOT", StartRows.TinyHostAot, StartRows.TinyHostInHostAot, StartRows.KestrelAot),
        .. Both("resident memory under load ÷ Kestrel", "keepalive", Measure.Resident, ServerRows.Kestrel, AtMost(0.70), AtMost(0.70)),
        Default("CPU per request with the metrics stage ÷ without", "keepalive", Measure.Processor, ServerRows.TinyHostPlain, AtMost(1.03)),
        Inline("CPU per request with the metrics stage ÷ without", "keepalive", Measure.Processor, ServerRows.TinyHostPlainInline, AtMost(1.05)),
        .. Both("bytes allocated for a GET", "allocation", Measure.AllocatedGet, divisor: null, s_nothing, s_nothing),
        .. Both("bytes allocated for a pipelined GET", "allocation", Measure.AllocatedPipelined, divisor: null, s_nothing, s_nothing),
        .. Both("bytes allocated for a JSON-RPC call", "allocation", Measure.AllocatedRpc, divisor: null, s_nothing, s_nothing),
        .. Both("p99 of the app beside scrapes of 100,000 series, one after the other, ÷ without", "latency", Measure.TailRatio, divisor: null, AtMost(1.25), AtMost(1.25)),
        .. Both("keep-alive requests/s ÷ HttpListener", "keepalive", Measure.Rate, ServerRows.HttpListener, AtLeast(4.5), AtLeast(7)),
    ];

    private static Reach[] Both(string what, string workload, Measure measure, Server? divisor, Target target, Target inlineTarget) =>
        [Default(what, workload, measure, divisor, target), Inline(what, workload, measure, divisor, inlineTarget)];

    private static Reach Default(string what, string workload, Measure measure, Server? divisor, Target target) =>
        new(what, "default", workload, measure, ServerRows.TinyHost, divisor, target);

    private static Reach Inline(string what, string workload, Measure measure, Server? divisor, Target target) =>
        new(what, "inline", workload, measure, ServerRows.TinyHostInline, divisor, target);

    private static Reach[] Start(string mode, Server bare, Server inHost, Server kestrel) =>
    [
        new("start to first response ÷ Kestrel: bare `HttpServer`", mode, "start", Measure.FirstResponse, bare, kestrel, AtMost(0.40)),
        new("start to first response ÷ Kestrel: Generic Host", mode, "start", Measure.FirstResponse, inHost, kestrel, AtMost(0.65)),
    ];

    private static Target AtLeast(double value) => new(AtLeast: true, value);

    private static Target AtMost(double value) => new(AtLeast: false, value);
}
