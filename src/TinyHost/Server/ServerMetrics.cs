// Owns: what a server records, by the names of OpenTelemetry's semantic conventions for HTTP servers.

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>Recording costs a comparison until something listens. A listener that fails loses its measurement and nothing else.</summary>
internal sealed class ServerMetrics : IDisposable
{
    // Attribute values, made when first needed: most never are.
    private static readonly object?[] s_statusCodes = new object?[600];
    private static readonly string?[] s_serverErrors = new string?[100];
    private static readonly string?[] s_closeReasons = new string?[(int)CloseReason.Fault + 1];

    private readonly RequestTags _requestTags = new();
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
        var duration = (ended - started) / (double)Stopwatch.Frequency;
        var status = context.Response.StatusCode;
        var method = Known(context.Request.Method);
        var error = ErrorType(failure ?? context.Failure, status);
        var tags = error is null ? _requestTags.Find(method, status, context.Request.Head.MinorVersion, context.Route) : [];
        if (tags.IsEmpty)
        {
            RecordWithNewTags(duration, context, method, error);
        }
        else
        {
            _requestDuration.Record(duration, tags);
        }

        return ended;
    }

    internal void ConnectionAccepted() => Interlocked.Increment(ref _accepted.Value);

    /// <summary>A time stamp for <see cref="ConnectionClosed"/>; 0 while nothing listens.</summary>
    internal long ConnectionOpened() => _connectionDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    internal void ConnectionClosed(long opened, CloseReason reason)
    {
        if (opened != 0)
        {
            var name = s_closeReasons[(int)reason] ??= RejectReasons.ToSnakeCase(reason.ToString());
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
    private static string? ErrorType(Exception? failure, int status) =>
        failure is not (null or RequestRejectedException or ContentUnwantedException) ? failure.GetType().FullName
        : status >= 500 ? s_serverErrors[status - 500] ??= status.ToString(CultureInfo.InvariantCulture)
        : null;

    // A method of its own, so that the room for new tags is not cleared for each request.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RecordWithNewTags(double duration, RequestContext context, string method, string? error)
    {
        var status = context.Response.StatusCode;
        var minorVersion = context.Request.Head.MinorVersion;
        var tags = new TagList
        {
            { "http.request.method", method },
            { "http.response.status_code", s_statusCodes[status] ??= status },
            { "network.protocol.version", minorVersion == 0 ? "1.0" : "1.1" },
            { "url.scheme", context.Request.Scheme },
        };
        if (context.Route is { } route)
        {
            tags.Add("http.route", route);
        }

        if (error is null)
        {
            _requestTags.Keep(method, status, minorVersion, context.Route, tags);
        }
        else
        {
            tags.Add("error.type", error);
        }

        _requestDuration.Record(duration, tags);
    }
}

/// <summary>
/// The attributes of requests that ended alike, made once. The table never grows: on a collision the attributes are made for each request,
/// and entries are never evicted. Racing writers lose nothing.
/// </summary>
internal sealed class RequestTags
{
    private const int Slots = 256;

    private readonly Entry?[] _entries = new Entry?[Slots];

    /// <summary>The attributes; empty when the table does not have them.</summary>
    internal ReadOnlySpan<KeyValuePair<string, object?>> Find(string method, int status, int minorVersion, string? route) =>
        Slot(status, minorVersion, route) is { } held && held.Is(method, status, minorVersion, route) ? held.Tags : [];

    /// <summary>Keeps the attributes if their place is free.</summary>
    internal void Keep(string method, int status, int minorVersion, string? route, in TagList tags)
    {
        ref var slot = ref Slot(status, minorVersion, route);
        if (slot is null)
        {
            Volatile.Write(ref slot, new Entry(method, status, minorVersion, route, [.. tags]));
        }
    }

    // Methods share a place: few routes have more than one.
    private ref Entry? Slot(int status, int minorVersion, string? route) =>
        ref _entries[(RuntimeHelpers.GetHashCode(route) + (status * 2) + minorVersion) & (Slots - 1)];

    private sealed class Entry(string method, int status, int minorVersion, string? route, KeyValuePair<string, object?>[] tags)
    {
        internal KeyValuePair<string, object?>[] Tags => tags;

        // All strings are the same objects each time.
        internal bool Is(string otherMethod, int otherStatus, int otherMinorVersion, string? otherRoute) =>
            status == otherStatus
            && minorVersion == otherMinorVersion
            && ReferenceEquals(method, otherMethod)
            && ReferenceEquals(route, otherRoute);
    }
}
