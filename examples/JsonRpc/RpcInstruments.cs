// Owns: the histogram rpc.server.call.duration, which gives rate, latency and error rate per method.

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace JsonRpc;

/// <summary>
/// The daemon's meter, with names from the OpenTelemetry semantic conventions for RPC. An unknown method is recorded as
/// <c>_OTHER</c>: text sent by a caller never becomes a label value.
/// </summary>
internal sealed class RpcInstruments
{
    private readonly Histogram<double> _duration;

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
    /// Records a call that started at <paramref name="started"/> (a <see cref="Stopwatch"/> timestamp). <paramref name="exception"/> is
    /// the exception thrown by the method, if any.
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
}
