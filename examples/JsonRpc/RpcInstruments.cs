// Owns: what is measured of each call: rpc.server.call.duration, from which rate, latency and error rate per method follow.
// Does not own: how it is exposed (TinyHost.Metrics).

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace JsonRpc;

/// <summary>
/// The daemon's own meter, named as the OpenTelemetry conventions for RPC name things. A method name that is not in the table
/// is recorded as <c>_OTHER</c>: what a caller sends never becomes a label value.
/// </summary>
internal sealed class RpcInstruments
{
    public const string MeterName = "JsonRpc";

    public RpcInstruments(IMeterFactory meters) =>
        _duration = meters.Create(MeterName).CreateHistogram(
            "rpc.server.call.duration",
            unit: "s",
            description: "Duration of JSON-RPC calls.",
            tags: null,
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
            });

    /// <summary>
    /// Records a call begun at <paramref name="started"/> (a <see cref="Stopwatch"/> timestamp). <paramref name="exception"/> is one the
    /// method threw.
    /// </summary>
    public void Record(RpcMethod? method, RpcError? error, Exception? exception, long started)
    {
        if (!_duration.Enabled)
        {
            return;
        }

        var tags = new TagList
        {
            { "rpc.system.name", "jsonrpc" },
            { "rpc.method", method?.Name ?? "_OTHER" },
        };
        if (error is not null)
        {
            tags.Add("rpc.status_code", error.CodeText);
            tags.Add("error.type", exception?.GetType().FullName ?? error.CodeText);
        }

        _duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
    }

    private readonly Histogram<double> _duration;
}
