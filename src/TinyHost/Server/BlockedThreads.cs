// Owns: logging which handler blocks a thread of the pool or a socket thread, once for each method and route.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>Routes are templates, so the set of handlers reported stays small.</summary>
internal sealed class BlockedThreads(ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<(string Method, string? Route, bool IsOfPool)> _reported = [];
    private List<(string Method, string Route, bool IsOfPool, bool IsCertain)>? _unlogged;

    /// <summary>Reports a handler for the next <see cref="LogReported"/>. Callable from any thread.</summary>
    /// <param name="context">The context of the connection.</param>
    /// <param name="method">The method of the request whose handler is running; null if no handler is.</param>
    /// <param name="isOfPool">True for a thread of the pool, false for a socket thread.</param>
    /// <param name="isCertain">True if this handler has blocked the thread; false if it may have.</param>
    internal void Report(RequestContext context, string? method, bool isOfPool, bool isCertain)
    {
        if (method is null)
        {
            return;
        }

        lock (_lock)
        {
            if (_reported.Add((ServerMetrics.Known(method), context.Route, isOfPool)))
            {
                (_unlogged ??= []).Add((method, context.Route ?? "(no route)", isOfPool, isCertain));
            }
        }
    }

    /// <summary>For the heartbeat: logs what was reported since the last call.</summary>
    internal void LogReported()
    {
        List<(string Method, string Route, bool IsOfPool, bool IsCertain)>? unlogged;
        lock (_lock)
        {
            unlogged = _unlogged;
            _unlogged = null;
        }

        foreach (var (method, route, isOfPool, isCertain) in unlogged ?? [])
        {
            switch (isOfPool, isCertain)
            {
                case (true, true):
                    Log.PoolThreadBlocked(logger, method, route);
                    break;
                case (true, false):
                    Log.PoolThreadKept(logger, method, route);
                    break;
                case (false, true):
                    InlineLog.ThreadBlocked(logger, method, route);
                    break;
                default:
                    InlineLog.ThreadMayBeBlocked(logger, method, route);
                    break;
            }
        }
    }
}
