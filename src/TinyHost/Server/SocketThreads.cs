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
    internal void Tell(RequestContext context, string? method)
    {
        if (method is not null && (_told ??= []).Add((method, context.Route)))
        {
            Log.SocketThreadBlocked(logger, method, context.Route ?? "(no route)");
        }
    }
}
