// Owns: telling which handler blocks a socket thread, once for each route.
// Does not own: noticing it (Transport, and Running for a connection's first turn).

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>Only the heartbeat calls it. Routes are templates, so what is remembered stays small.</summary>
internal sealed class SocketThreads(ILogger logger)
{
    private HashSet<(string Method, string? Route)>? _told;

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
}
