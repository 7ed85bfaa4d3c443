// Owns: telling which handler blocks a socket thread or a thread of the pool, once for each route.
// Does not own: noticing it (Transport, and Running for a connection's first turn; PoolWatch).

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>Only the heartbeat calls it, unless a member says otherwise. Routes are templates, so what is remembered stays small.</summary>
internal sealed class SocketThreads(ILogger logger)
{
    private readonly Lock _lock = new();
    private HashSet<(string Method, string? Route)>? _told;
    private HashSet<(string Method, string? Route)>? _notedOnPool;
    private List<(string Method, string Route, bool IsKnown)>? _untold;

    /// <param name="context">The connection's.</param>
    /// <param name="method">The method of the request a handler is at work on; null when there is none.</param>
    /// <param name="isKnown">Whether it is that handler for certain.</param>
    internal void Tell(RequestContext context, string? method, bool isKnown)
    {
        if (method is null || !(_told ??= []).Add((ServerMetrics.Known(method), context.Route)))
        {
            return;
        }

        var route = context.Route ?? "(no route)";
        if (isKnown)
        {
            Log.SocketThreadBlocked(logger, method, route);
        }
        else
        {
            Log.SocketThreadKept(logger, method, route);
        }
    }

    /// <summary>A handler has blocked a thread of the pool, or may have. Callable from any thread; <see cref="TellNoted"/> logs it.</summary>
    internal void NoteOnPool(RequestContext context, string? method, bool isKnown)
    {
        if (method is null)
        {
            return;
        }

        lock (_lock)
        {
            if ((_notedOnPool ??= []).Add((ServerMetrics.Known(method), context.Route)))
            {
                (_untold ??= []).Add((method, context.Route ?? "(no route)", isKnown));
            }
        }
    }

    /// <summary>Logs what was noted since the last call.</summary>
    internal void TellNoted()
    {
        List<(string Method, string Route, bool IsKnown)>? untold;
        lock (_lock)
        {
            untold = _untold;
            _untold = null;
        }

        foreach (var (method, route, isKnown) in untold ?? [])
        {
            if (isKnown)
            {
                Log.PoolThreadBlocked(logger, method, route);
            }
            else
            {
                Log.PoolThreadKept(logger, method, route);
            }
        }
    }
}
