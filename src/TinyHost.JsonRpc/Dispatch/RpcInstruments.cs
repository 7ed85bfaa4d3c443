// Owns: the metrics: rpc.server.call.duration, which gives rate, latency and error rate per method, and those of the limits.

using System.Diagnostics.Metrics;

namespace TinyHost.JsonRpc;

/// <summary>
/// The instruments of the meter <c>TinyHost.JsonRpc</c>, with names from OpenTelemetry's semantic conventions for RPC where there are any.
/// An unknown method is recorded as <c>_OTHER</c>: text sent by a caller never becomes a label value.
/// </summary>
internal sealed class RpcInstruments : IDisposable
{
    internal const string MeterName = "TinyHost.JsonRpc";
    internal const string OtherMethod = "_OTHER";

    private readonly GuardedMeter? _own;
    private readonly GuardedHistogram _duration;
    private readonly GuardedHistogram _batchSize;
    private readonly GuardedUpDownCounter _active;
    private readonly GuardedUpDownCounter _connections;
    private readonly GuardedCounter _limited;

    /// <param name="meters">Makes the meter; null for a meter that ends with this object.</param>
    /// <param name="guard">Reports the failures of meter listeners.</param>
    public RpcInstruments(IMeterFactory? meters, ObserverGuard guard)
    {
        var meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        var guarded = new GuardedMeter(meter, guard);
        _own = meters is null ? guarded : null;
        _duration = guarded.Histogram("rpc.server.call.duration", "s", "Duration of JSON-RPC calls.", new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
        });
        _batchSize = guarded.Histogram("tinyhost.jsonrpc.batch.size", "{call}", "Number of calls in a batch.", new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
        });
        _active = guarded.UpDownCounter("tinyhost.jsonrpc.calls.active", "{call}", "Number of methods that are running or wait to run.");
        _connections = guarded.UpDownCounter("tinyhost.jsonrpc.connections.active", "{connection}", "Number of open WebSockets.");
        _limited = guarded.Counter("tinyhost.jsonrpc.limited", "{refusal}", "Number of times that a limit refused a call or a message.");
    }

    /// <summary>
    /// Records a call that took so long. <paramref name="exception"/> is the exception thrown by the method, if any.
    /// </summary>
    public void Record(RpcMethod? method, JsonRpcError? error, Exception? exception, TimeSpan elapsed)
    {
        if (!_duration.Enabled)
        {
            return;
        }

        var system = new KeyValuePair<string, object?>("rpc.system.name", "jsonrpc");
        var name = new KeyValuePair<string, object?>("rpc.method", method?.Name ?? OtherMethod);
        if (error is null)
        {
            _duration.Record(elapsed.TotalSeconds, system, name);
        }
        else
        {
            _duration.Record(
                elapsed.TotalSeconds,
                system,
                name,
                new KeyValuePair<string, object?>("rpc.status_code", error.CodeText),
                new KeyValuePair<string, object?>("error.type", exception?.GetType().FullName ?? error.CodeText));
        }
    }

    /// <summary>A batch of so many calls is about to run.</summary>
    public void RecordBatch(int calls) => _batchSize.Record(calls);

    /// <summary>A method begins, or waits to begin.</summary>
    public void Begin() => _active.Add(1);

    /// <summary>A method has ended.</summary>
    public void End() => _active.Add(-1);

    /// <summary>A WebSocket has opened.</summary>
    public void Open() => _connections.Add(1);

    /// <summary>A WebSocket has ended.</summary>
    public void Close() => _connections.Add(-1);

    /// <summary>Counts an error that is answered because of a limit.</summary>
    public void CountIfLimit(JsonRpcError error)
    {
        var limit =
            error == RpcErrors.Timeout ? "deadline"
            : error == RpcErrors.ReplyTooLarge ? "reply_size"
            : error == RpcErrors.Busy ? "concurrency"
            : error == RpcErrors.NotAllowed ? "access"
            : null;
        if (limit is not null)
        {
            CountLimit(limit);
        }
    }

    /// <summary>A limit has refused a message or a call.</summary>
    public void CountLimit(string limit) => _limited.Add(1, new KeyValuePair<string, object?>("limit", limit));

    public void Dispose() => _own?.Dispose();
}
