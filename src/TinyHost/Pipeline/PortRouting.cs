// Owns: diverting requests by the port their connection was accepted on.
// Does not own: listening on that port (a prefix does), or anything the peer says about ports: the Host field is never looked at.

using System.Net;

namespace TinyHost;

/// <summary>Routing by the local port of the connection.</summary>
public static class PortRouting
{
    /// <summary>
    /// Middleware that hands requests accepted on <paramref name="port"/> (1–65535) to <paramref name="handler"/>, all others on.
    /// A server none of whose prefixes listens on that port fails to start with a <see cref="ServerStartException"/> that names it.
    /// Throws <see cref="ArgumentOutOfRangeException"/> for any other number: port 0 is known only once it is bound.
    /// </summary>
    public static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> To(int port, Func<RequestContext, Task> handler)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        ArgumentNullException.ThrowIfNull(handler);
        return next => new Stage(port, handler, HandlerCall.NotNull(next)).InvokeAsync;
    }

    private sealed class Stage(int port, Func<RequestContext, Task> handler, Func<RequestContext, Task> next) : IStage
    {
        IEnumerable<Func<RequestContext, Task>> IStage.Inner => [handler, next];

        internal Task InvokeAsync(RequestContext context) =>
            context.Connection.LocalPort == port
                ? handler(context) ?? throw HandlerCall.ReturnedNull(handler, $"The handler of MapPort({port})")
                : next(context) ?? throw HandlerCall.ReturnedNull(next, $"The stage after MapPort({port})");

        void IStage.Starting(IReadOnlyList<IPEndPoint> endPoints)
        {
            foreach (var endPoint in endPoints)
            {
                if (endPoint.Port == port)
                {
                    return;
                }
            }

            throw NotListenedOn(endPoints);
        }

        private ServerStartException NotListenedOn(IReadOnlyList<IPEndPoint> endPoints)
        {
            var ports = endPoints.Select(endPoint => endPoint.Port).Distinct().Order();
            return new ServerStartException(
                $"A stage of the chain serves port {port}, but no prefix listens on it; the prefixes listen on: {string.Join(", ", ports)}.");
        }
    }
}
