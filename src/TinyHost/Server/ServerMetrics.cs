// Owns: what a server records, named by OpenTelemetry's semantic conventions for HTTP servers.
// Does not own: the instruments (ServerInstruments), or exporting them (TinyHost.Metrics, or anything that listens).

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>What one server records. Until something listens, an instrument costs a comparison; a listener that fails costs its measurement.</summary>
internal sealed class ServerMetrics : IDisposable
{
    // Values of attributes, made when they are first needed: most never are.
    private static readonly object?[] s_statusCodes = new object?[600];
    private static readonly string?[] s_serverErrors = new string?[100];
    private static readonly string?[] s_closeReasons = new string?[(int)CloseReason.Fault + 1];

    private readonly RequestTags _requestTags = new();
    private readonly ServerInstruments _instruments;
    private readonly GuardedMeter? _ownMeter;
    private readonly GuardedHistogram _requestDuration;
    private readonly GuardedHistogram _connectionDuration;
    private readonly GuardedHistogram _queueDelay;
    private readonly GuardedCounter _connectionsRejected;
    private readonly GuardedCounter _requestsRejected;

    internal ServerMetrics(IMeterFactory? factory, ObserverGuard guard)
    {
        _instruments = ServerInstruments.For(factory, guard, out _ownMeter);
        _requestDuration = new GuardedHistogram(_instruments.RequestDuration, guard);
        _connectionDuration = new GuardedHistogram(_instruments.ConnectionDuration, guard);
        _queueDelay = new GuardedHistogram(_instruments.QueueDelay, guard);
        _connectionsRejected = new GuardedCounter(_instruments.ConnectionsRejected, guard);
        _requestsRejected = new GuardedCounter(_instruments.RequestsRejected, guard);
    }

    /// <summary>The connections of this server count from here on.</summary>
    internal void Begin(ConnectionTable connections) => _instruments.Add(connections);

    /// <summary>They do not any more.</summary>
    internal void End(ConnectionTable connections) => _instruments.Remove(connections);

    public void Dispose() => _ownMeter?.Dispose();

    /// <summary>A time stamp for <see cref="RequestEnded"/>; 0 while nothing listens.</summary>
    internal long RequestStarted() => _requestDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Records a request, and returns the time stamp of its end; 0 when it does not count or nothing listens.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal long RequestEnded(RequestContext context, long started, Exception? failure)
    {
        if (started == 0 || !context.Measured)
        {
            return 0;
        }

        var ended = Stopwatch.GetTimestamp();
        var duration = (ended - started) / (double)Stopwatch.Frequency;
        var request = context.Request;
        var method = Known(request.Method);
        var status = context.Response.StatusCode;
        var minorVersion = request.Head.MinorVersion;
        var error = ErrorType(failure ?? context.Failure, status);
        var known = error is null ? _requestTags.Find(method, status, minorVersion, context.Route) : [];
        if (known.IsEmpty)
        {
            RecordWithNewTags(duration, context, method, error);
        }
        else
        {
            _requestDuration.Record(duration, known);
        }

        return ended;
    }

    // For errors, for what ends so for the first time, and where the place of its tags is taken. By itself, so that the room for new tags is not
    // cleared for each request.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RecordWithNewTags(double duration, RequestContext context, string method, string? error)
    {
        var request = context.Request;
        var status = context.Response.StatusCode;
        var minorVersion = request.Head.MinorVersion;
        var tags = new TagList
        {
            { "http.request.method", method },
            { "http.response.status_code", s_statusCodes[status] ??= status },
            { "network.protocol.version", minorVersion == 0 ? "1.0" : "1.1" },
            { "url.scheme", request.Scheme },
        };
        if (context.Route is { } route)
        {
            tags.Add("http.route", route);
        }

        if (error is not null)
        {
            tags.Add("error.type", error);
        }
        else
        {
            _requestTags.Keep(method, status, minorVersion, context.Route, tags);
        }

        _requestDuration.Record(duration, tags);
    }

    internal void ConnectionAccepted() => _instruments.ConnectionAccepted();

    /// <summary>A time stamp for <see cref="ConnectionClosed"/>; 0 while nothing listens.</summary>
    internal long ConnectionOpened() => _connectionDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    internal void ConnectionClosed(long opened, CloseReason reason)
    {
        if (opened != 0)
        {
            _connectionDuration.Record(Stopwatch.GetElapsedTime(opened).TotalSeconds, new KeyValuePair<string, object?>("reason", Name(reason)));
        }
    }

    internal void QueueDelayed(TimeSpan delay) => _queueDelay.Record(delay.TotalSeconds);

    internal void ConnectionRejected(string reason) => _connectionsRejected.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void RequestRejected(RejectReason reason) => _requestsRejected.Add(1, new KeyValuePair<string, object?>("reason", reason.Name()));

    internal static string Known(string method) => KnownMethods.Name(KnownMethods.IndexOf(method));

    private static string Name(CloseReason reason) => s_closeReasons[(int)reason] ??= RejectReasons.ToSnakeCase(reason.ToString());

    private static string StatusText(int status) => s_serverErrors[status - 500] ??= status.ToString(CultureInfo.InvariantCulture);

    // A request refused for the peer's fault is no error of the server (semantic conventions: 4xx).
    private static string? ErrorType(Exception? failure, int status) =>
        failure is not (null or RequestRejectedException or ContentUnwantedException) ? failure.GetType().FullName
        : status >= 500 ? StatusText(status)
        : null;
}
