// Owns: the server's instruments, named by OpenTelemetry's semantic conventions for HTTP servers.
// Does not own: exporting them (TinyHost.Metrics, or anything that listens).

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>The meter <c>TinyHost</c>. Until something listens, an instrument costs a comparison.</summary>
internal sealed class ServerMetrics : IDisposable
{
    private const string MeterName = "TinyHost";

    // Semantic conventions, HTTP metrics: advised boundaries in seconds.
    private static readonly double[] s_durationBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    // As Kestrel's kestrel.connection.duration.
    private static readonly double[] s_connectionBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

    // From what a free thread takes to where a scrape times out.
    private static readonly double[] s_queueDelayBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

    // A method the conventions do not know must not become an attribute value: the peer chooses it. That is the first.
    private static readonly string[] s_methods = ["_OTHER", "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
    private const int Get = 3;

    // Values of attributes, made when they are first needed: most never are.
    private static readonly object?[] s_statusCodes = new object?[600];
    private static readonly string?[] s_serverErrors = new string?[100];
    private static readonly string?[] s_closeReasons = new string?[(int)CloseReason.Fault + 1];

    // By method, each made anew when its value changes. One that was reported goes on at 0 when nothing is active: a series that comes and goes
    // cannot be graphed.
    private readonly Measurement<long>?[] _activeRequests = new Measurement<long>?[s_methods.Length];

    private readonly RequestTags _requestTags = new();
    private readonly Meter? _ownMeter;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _connectionDuration;
    private readonly Histogram<double> _queueDelay;
    private readonly Counter<long> _connectionsRejected;
    private readonly Counter<long> _requestsRejected;
    private long _connectionsAccepted;

    internal ServerMetrics(IMeterFactory? factory, Func<ConnectionTable?> connections)
    {
        _activeRequests[Get] = ActiveRequests(s_methods[Get], 0);
        var meter = factory?.Create(MeterName) ?? (_ownMeter = new Meter(MeterName));
        _requestDuration = meter.CreateHistogram(
            "http.server.request.duration", "s", "Duration of HTTP server requests.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = s_durationBoundaries });
        meter.CreateObservableUpDownCounter(
            "http.server.active_requests", () => ObserveActiveRequests(connections()), "{request}", "Number of active HTTP server requests.");
        meter.CreateObservableUpDownCounter(
            "tinyhost.connections.active", () => ObservedMeasurements.Of(connections()?.Count ?? 0), "{connection}", "Number of open connections.");
        meter.CreateObservableCounter(
            "tinyhost.connections.accepted", () => ObservedMeasurements.Of(Interlocked.Read(ref _connectionsAccepted)), "{connection}", "Number of connections accepted.");
        _connectionDuration = meter.CreateHistogram(
            "tinyhost.connection.duration", "s", "Duration of connections, by the reason for which they were closed.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = s_connectionBoundaries });
        _queueDelay = meter.CreateHistogram(
            "tinyhost.threadpool.queue_delay", "s", "How long work waited for a thread of the thread pool, measured once a second.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = s_queueDelayBoundaries });
        _connectionsRejected = meter.CreateCounter<long>(
            "tinyhost.connections.rejected", "{connection}", "Number of connections closed at once, by reason.");
        _requestsRejected = meter.CreateCounter<long>(
            "tinyhost.requests.rejected", "{request}", "Number of requests the server itself refused, by reason.");
    }

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

    internal void ConnectionAccepted() => Interlocked.Increment(ref _connectionsAccepted);

    /// <summary>A time stamp for <see cref="ConnectionClosed"/>; 0 while nothing listens.</summary>
    internal long ConnectionOpened() => _connectionDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    internal void ConnectionClosed(long opened, CloseReason reason)
    {
        if (opened != 0)
        {
            _connectionDuration.Record(
                Stopwatch.GetElapsedTime(opened).TotalSeconds, new KeyValuePair<string, object?>("reason", Name(reason)));
        }
    }

    internal void QueueDelayed(TimeSpan delay) => _queueDelay.Record(delay.TotalSeconds);

    internal void ConnectionRejected(string reason) => _connectionsRejected.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void RequestRejected(RejectReason reason) => _requestsRejected.Add(1, new KeyValuePair<string, object?>("reason", reason.Name()));

    internal static string Known(string method) => s_methods[IndexOf(method)];

    private static string Name(CloseReason reason) => s_closeReasons[(int)reason] ??= RejectReasons.ToSnakeCase(reason.ToString());

    private static string StatusText(int status) => s_serverErrors[status - 500] ??= status.ToString(CultureInfo.InvariantCulture);

    // A request refused for the peer's fault is no error of the server (semantic conventions: 4xx).
    private static string? ErrorType(Exception? failure, int status) =>
        failure is not (null or RequestRejectedException or ContentUnwantedException) ? failure.GetType().FullName
        : status >= 500 ? StatusText(status)
        : null;

    // Of s_methods.
    private static int IndexOf(string method) => method switch
    {
        "CONNECT" => 1,
        "DELETE" => 2,
        "GET" => Get,
        "HEAD" => 4,
        "OPTIONS" => 5,
        "PATCH" => 6,
        "POST" => 7,
        "PUT" => 8,
        "TRACE" => 9,
        _ => 0,
    };

    // An array: the code for a span of parameters belongs to no assembly that is compiled ahead.
    private static Measurement<long> ActiveRequests(string method, long count) =>
        new(count, (KeyValuePair<string, object?>[])[new("http.request.method", method), new("url.scheme", "http")]);

    private ObservedMeasurements ObserveActiveRequests(ConnectionTable? connections)
    {
        Span<long> counts = stackalloc long[s_methods.Length];
        counts.Clear();
        if (connections is not null)
        {
            foreach (var connection in connections.Connections)
            {
                if (connection.ActiveMethod is { } method)
                {
                    counts[IndexOf(method)]++;
                }
            }
        }

        var observed = ObservedMeasurements.Take();
        lock (_activeRequests)
        {
            for (var i = 0; i < counts.Length; i++)
            {
                var held = _activeRequests[i];
                if (held is null ? counts[i] > 0 : held.Value.Value != counts[i])
                {
                    held = _activeRequests[i] = ActiveRequests(s_methods[i], counts[i]);
                }

                if (held is { } measurement)
                {
                    observed.With(measurement);
                }
            }
        }

        return observed;
    }
}
