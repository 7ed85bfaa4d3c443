// Owns: the span of each request, by the semantic conventions of OpenTelemetry for HTTP servers, and the trace that the request belongs to.
// Sources: OpenTelemetry, "Semantic conventions for HTTP spans", HTTP server; W3C Trace Context.

using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace TinyHost;

internal static class RequestTracing
{
    private const string Listener = "An activity listener or propagator";

    /// <summary>
    /// Starts the span of a request and makes it the current activity. Null if nobody samples it, when a listener fails, and for requests
    /// that do not count in the metrics. Reads the caller's trace from the fields that the process's propagator knows: by default
    /// <c>traceparent</c>, <c>tracestate</c> and <c>baggage</c>.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static Activity? Start(ActivitySource source, RequestContext context)
    {
        try
        {
            return context.Measured ? Create(source, context)?.Start() : null;
        }
#pragma warning disable CA1031 // Reported by the guard: samplers, listeners and propagators are other people's code.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            ObserverGuard.Of(context.Logger).Failed(Listener, failure);
            return null;
        }
    }

    /// <summary>The response is complete, or its connection is lost: ends the span.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void End(Activity activity, RequestContext context, Exception? failure) => ObserverGuard.Of(context.Logger).Run(
        Listener,
        (activity, context, Failure: failure ?? context.ReportedFailure),
        static ended => Stop(ended.activity, ended.context, ended.Failure));

    private static Activity? Create(ActivitySource source, RequestContext context)
    {
        var propagator = DistributedContextPropagator.Current;
        propagator.ExtractTraceIdAndState(context.Request, ReadField, out var parent, out var state);
        var activity = source.CreateActivity(
            ServerMetrics.Known(context.Request.Method), ActivityKind.Server, parent, Attributes(context), idFormat: ActivityIdFormat.W3C);
        if (activity is null)
        {
            return null;
        }

        activity.TraceStateString = state;
        if (propagator.ExtractBaggage(context.Request, ReadField) is { } baggage)
        {
            // The first entry comes last, as in the field.
            foreach (var (name, value) in baggage.Reverse())
            {
                activity.AddBaggage(name, value);
            }
        }

        return activity;
    }

    private static void Stop(Activity activity, RequestContext context, Exception? failure)
    {
        var status = context.StatusSent;
        if (context.Route is { } route)
        {
            activity.DisplayName = $"{ServerMetrics.Known(context.Request.Method)} {route}";
            activity.SetTag("http.route", route);
        }

        if (context.Client is not UnixEndPoint)
        {
            activity.SetTag("client.address", context.Client.Address.ToString());
        }

        activity.SetTag("http.response.status_code", status == 0 ? null : status);
        if (ServerMetrics.ErrorType(failure, status) is { } error)
        {
            activity.SetTag("error.type", error);
            activity.SetStatus(ActivityStatusCode.Error);
        }

        if (!context.Measured)
        {
            // A scrape or a probe: not to be exported.
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        activity.Stop();
    }

    private static void ReadField(object? carrier, string name, out string? value, out IEnumerable<string>? values)
    {
        value = ((Request)carrier!).Fields[name];
        values = null;
    }

    // Those that the conventions want a sampler to see. The query may hold secrets, so url.query is left out.
    private static List<KeyValuePair<string, object?>> Attributes(RequestContext context)
    {
        var request = context.Request;
        var (host, port) = Split(request.Host);
        var attributes = new List<KeyValuePair<string, object?>>(capacity: 10)
        {
            new("http.request.method", ServerMetrics.Known(request.Method)),
            new("url.scheme", request.Scheme),
            new("url.path", request.LoggedPath()),
            new("network.protocol.version", request.Version.Minor == 0 ? "1.0" : "1.1"),
        };
        AddPeer(attributes, context.Connection);
        Add("http.request.method_original", request.Method == ServerMetrics.Known(request.Method) ? null : request.Method);
        Add("server.address", host);
        Add("server.port", port);
        Add("user_agent.original", request.Fields["User-Agent"]);
        return attributes;

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                attributes.Add(new(name, value));
            }
        }
    }

    // The transport is tcp unless an attribute says otherwise. A peer at a Unix socket has no name.
    private static void AddPeer(List<KeyValuePair<string, object?>> attributes, ConnectionInfo connection)
    {
        if (connection.LocalEndPoint is UnixEndPoint)
        {
            attributes.Add(new("network.transport", "unix"));
        }

        if (connection.RemoteEndPoint is not UnixEndPoint)
        {
            attributes.Add(new("network.peer.address", connection.RemoteEndPoint.Address.ToString()));
            attributes.Add(new("network.peer.port", connection.RemoteEndPoint.Port));
        }
    }

    private static (string? Host, int? Port) Split(string authority)
    {
        var colon = authority.LastIndexOf(':');
        var hasPort = colon > authority.LastIndexOf(']');
        var host = hasPort ? authority[..colon] : authority;
        int? port = hasPort && int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
        return (host.Length == 0 ? null : host, port);
    }
}
