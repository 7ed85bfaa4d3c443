// Owns: what a server records, by the names of OpenTelemetry's semantic conventions for HTTP servers.

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>Recording costs a comparison until something listens. A listener that fails loses its measurement and nothing else.</summary>
internal sealed class ServerMetrics : IDisposable
{
    // Made when first needed: most never are.
    private static readonly string?[] s_serverErrors = new string?[100];

    private readonly RequestTags _requestTags = new("http");
    private RequestTags? _secureRequestTags;
    private readonly ServerInstruments _instruments;
    private readonly GuardedMeter? _ownMeter;
    private readonly StrongBox<long> _accepted;
    private readonly GuardedHistogram _requestDuration;
    private readonly GuardedHistogram _connectionDuration;
    private readonly GuardedHistogram _queueDelay;
    private readonly GuardedCounter _connectionsRejected;
    private readonly GuardedCounter _requestsRejected;

    internal ServerMetrics(IMeterFactory? factory, ObserverGuard guard)
    {
        _instruments = ServerInstruments.For(factory, guard, out _ownMeter);
        _accepted = _instruments.Accepted;
        _requestDuration = new GuardedHistogram(_instruments.RequestDuration, guard);
        _connectionDuration = new GuardedHistogram(_instruments.ConnectionDuration, guard);
        _queueDelay = new GuardedHistogram(_instruments.QueueDelay, guard);
        _connectionsRejected = new GuardedCounter(_instruments.ConnectionsRejected, guard);
        _requestsRejected = new GuardedCounter(_instruments.RequestsRejected, guard);
    }

    /// <summary>The server's meter.</summary>
    internal Meter Meter => _instruments.Meter;

    /// <summary>From here on the open connections of this server count.</summary>
    internal void Begin(ConnectionTable connections) => _instruments.Add(connections);

    internal void End(ConnectionTable connections) => _instruments.Remove(connections);

    public void Dispose() => _ownMeter?.Dispose();

    /// <summary>A time stamp for <see cref="RequestEnded"/>; 0 while nothing listens.</summary>
    internal long RequestStarted() => _requestDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Records a request. Returns the time stamp of its end; 0 when the request does not count or nothing listens.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal long RequestEnded(RequestContext context, long started, Exception? failure)
    {
        if (started == 0 || !context.Measured)
        {
            return 0;
        }

        var ended = Stopwatch.GetTimestamp();
        var status = context.StatusSent;
        var table = context.Request.IsSecure ? _secureRequestTags ??= new RequestTags("https") : _requestTags;
        var tags = table.Of(
            Known(context.Request.Method),
            status,
            context.Request.Head.MinorVersion,
            context.Route,
            ErrorType(failure ?? context.ReportedFailure, status));
        _requestDuration.Record((ended - started) / (double)Stopwatch.Frequency, tags);
        return ended;
    }

    internal void ConnectionAccepted() => Interlocked.Increment(ref _accepted.Value);

    /// <summary>A time stamp for <see cref="ConnectionClosed"/>; 0 while nothing listens.</summary>
    internal long ConnectionOpened() => _connectionDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    internal void ConnectionClosed(long opened, CloseReason reason)
    {
        if (opened != 0)
        {
            var name = RejectReasons.ToSnakeCase(reason.ToString());
            _connectionDuration.Record(
                Stopwatch.GetElapsedTime(opened).TotalSeconds, new KeyValuePair<string, object?>("reason", name));
        }
    }

    internal void QueueDelayed(TimeSpan delay) => _queueDelay.Record(delay.TotalSeconds);

    internal void ConnectionRejected(string reason) =>
        _connectionsRejected.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void RequestRejected(RejectReason reason) =>
        _requestsRejected.Add(1, new KeyValuePair<string, object?>("reason", reason.Name()));

    /// <summary>
    /// The method as an attribute value, always the same object; all that the semantic conventions do not list share one.
    /// </summary>
    internal static string Known(string method) => method switch
    {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "CONNECT" => "CONNECT",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "PATCH" => "PATCH",
        _ => "_OTHER",
    };

    // A request refused for the peer's fault is no error of the server (semantic conventions: 4xx).
    internal static string? ErrorType(Exception? failure, int status) =>
        failure is not (null or RequestRejectedException or ContentUnwantedException) ? failure.GetType().FullName
        : status >= 500 ? s_serverErrors[status - 500] ??= status.ToString(CultureInfo.InvariantCulture)
        : null;
}

/// <summary>
/// The attributes of requests that ended alike, made once. The table neither grows nor evicts: once there is no room, the attributes are
/// made for each request. Racing writers lose nothing.
/// </summary>
internal sealed class RequestTags(string scheme)
{
    private const int Slots = 512;
    private const int Probes = 8;

    private readonly Entry?[] _entries = new Entry?[Slots];

    /// <summary>The attributes. Strings are compared by reference: equal ones are the same object each time.</summary>
    internal KeyValuePair<string, object?>[] Of(string method, int status, int minorVersion, string? route, string? error)
    {
        var first = RuntimeHelpers.GetHashCode(route) + (error?.Length ?? 0) + (status * 2) + minorVersion;
        for (var i = first; i < first + Probes; i++)
        {
            ref var slot = ref _entries[i & (Slots - 1)];
            if (slot is null)
            {
                Volatile.Write(ref slot, new Entry(scheme, method, status, minorVersion, route, error));
            }

            if (slot.Is(method, status, minorVersion, route, error))
            {
                return slot.Tags;
            }
        }

        return new Entry(scheme, method, status, minorVersion, route, error).Tags;
    }

    private sealed class Entry(string scheme, string method, int status, int minorVersion, string? route, string? error)
    {
        internal KeyValuePair<string, object?>[] Tags { get; } =
        [
            new("http.request.method", method),
            .. Optional("http.response.status_code", status == 0 ? null : status),
            new("network.protocol.version", minorVersion == 0 ? "1.0" : "1.1"),
            new("url.scheme", scheme),
            .. Optional("http.route", route),
            .. Optional("error.type", error),
        ];

        internal bool Is(string otherMethod, int otherStatus, int otherMinorVersion, string? otherRoute, string? otherError) =>
            status == otherStatus
            && minorVersion == otherMinorVersion
            && ReferenceEquals(method, otherMethod)
            && ReferenceEquals(route, otherRoute)
            && ReferenceEquals(error, otherError);

        private static KeyValuePair<string, object?>[] Optional(string name, object? value) => value is null ? [] : [new(name, value)];
    }
}
