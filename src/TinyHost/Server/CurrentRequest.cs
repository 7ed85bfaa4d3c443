// Owns: the request that a connection serves now: the call of the chain, the objects given to it, and whether the next request reuses them.

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// The next request reuses the objects if the handler neither waited nor allocated, so that it costs no memory. Otherwise work that the
/// handler left behind may still use them, and the next request gets new ones. That test can miss left-behind work, so nothing is reused
/// for longer than about a second, and nothing at all that was used after its request's end.
/// </summary>
internal sealed class CurrentRequest(
    ServerServices server, Http1Connection http1, ConnectionInfo info, IReadOnlyList<string> basePaths, bool isMonitoring) : IThreadHolder
{
    private static readonly ActivitySource s_spans = new("TinyHost");

    private volatile RequestContext _context = new(http1, info, server, isMonitoring);
    // Null while no handler runs.
    private volatile string? _method;
    private int _number;
    private int _numberAtTick;
    private bool _hasRunForATick;
    // Whether code that a handler left behind may still use the objects, and when they were made.
    private bool _mayHaveLeftWork;
    private bool _isRenewalDue;
    private Activity? _span;
    private long _renewedAt = server.Heartbeat.Now;

    internal RequestContext Context => _context;

    /// <summary>True while a handler runs. Callable from any thread, as are the next two.</summary>
    internal bool IsHandlerRunning => _method is not null;

    /// <summary>The method of the request while a handler runs and the request counts in the metrics; null otherwise.</summary>
    internal string? MeasuredMethod => _context.Measured ? _method : null;

    /// <summary>Whether the present handler was running at the last tick of the heartbeat and at the one before.</summary>
    internal bool HasRunForATick => _hasRunForATick;

    /// <summary>The span of the request; null without one.</summary>
    internal Activity? Span => _span;

    /// <summary>The number of requests that have begun on the connection.</summary>
    internal int Number => Volatile.Read(in _number);

    /// <summary>The head of a request is complete: from here on its handler may read and write.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Begin(bool isLast)
    {
        if (_isRenewalDue || http1.State.WasUsedAfterEnd || _renewedAt != server.Heartbeat.Now)
        {
            Renew();
        }

        http1.BeginRequest(isLast);
        _method = _context.Request.Method;
        _number++;
        http1.State.GrantToHandler();
    }

    /// <summary>Calls the chain; answers 404 to a path outside every prefix.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal Task CallHandler()
    {
        if (!_context.Request.TryEnter(basePaths))
        {
            ErrorResponse.Set(http1.Writer, 404);
            server.Stages.Refused?.Invoke(RefusedRequest.Read(http1, info, isMonitoring, 404, "no_prefix"));
            return Task.CompletedTask;
        }

        using var thread = PoolThread.RecordHandler(this);
        _span = s_spans.HasListeners() ? RequestTracing.Start(s_spans, _context) : null;
        var allocated = http1.Allocations.OfHandler;
        var isCompleted = false;
        try
        {
            var handling = server.App(_context) ?? throw HandlerFailure.ReturnedNull(server.App, "The server's handler");
            isCompleted = handling.IsCompleted;
            return handling;
        }
        finally
        {
            _mayHaveLeftWork |= !isCompleted || http1.Allocations.OfHandler != allocated;
            server.HandlerExecutionContext.Restore();
        }
    }

    /// <summary>The handler has ended: only the connection may read and write. Returns the operations left pending.</summary>
    internal LeftBehind EndHandler()
    {
        var left = http1.State.RevokeFromHandler();
        _method = null;
        return left;
    }

    /// <summary>Ends the span, which is the current activity.</summary>
    internal void EndSpan(Exception? failure)
    {
        RequestTracing.End(_span!, _context, failure);
        _span = null;
        server.HandlerExecutionContext.Restore();
    }

    /// <summary>The request is over. Where left-behind work may still use its objects, they cannot be read any more.</summary>
    internal void End()
    {
        _isRenewalDue = _mayHaveLeftWork;
        if (_isRenewalDue)
        {
            _context.Request.Detach();
        }
    }

    /// <summary>
    /// The method and route while a handler runs, as in <c>GET /users/{id}</c>; null otherwise. Callable from any thread.
    /// </summary>
    internal string? Describe() => _method is { } method ? $"{ServerMetrics.Known(method)} {_context.Route ?? "(no route)"}" : null;

    /// <summary>The heartbeat ticks.</summary>
    internal void Tick()
    {
        _hasRunForATick = _method is not null && _numberAtTick == _number;
        _numberAtTick = _number;
    }

    public void ReportBlockedPoolThread(bool isCertain) => ReportBlockedThread(isOfPool: true, isCertain);

    /// <summary>A thread is blocked, and this handler may be why.</summary>
    /// <param name="isOfPool">False for a socket thread, which has been blocked for a whole tick.</param>
    /// <param name="isCertain">False when another handler may be why: then this one is reported only if it ran all the time.</param>
    internal void ReportBlockedThread(bool isOfPool, bool isCertain)
    {
        if (isCertain || _hasRunForATick)
        {
            server.BlockedThreads.Report(_context, _method, isOfPool, isCertain);
        }
    }

    // Only when the next request has arrived: most connections that become idle stay idle for a while.
    private void Renew()
    {
        _isRenewalDue = false;
        _mayHaveLeftWork = false;
        _renewedAt = server.Heartbeat.Now;
        http1.State.Renew();
        _context.Request.Detach();
        _context = new RequestContext(http1, info, server, isMonitoring);
    }
}
