// Owns: diverting requests by the port their connection was accepted on. The Host field plays no part.

using System.Net;

namespace TinyHost;

/// <summary>Routing by the local port of the connection.</summary>
public sealed class PortRouting : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly int _port;
    private readonly Func<RequestContext, Task> _handler;

    private PortRouting(Func<RequestContext, Task> app, int port, Func<RequestContext, Task> handler)
        : base(handler, app)
    {
        _app = app;
        _port = port;
        _handler = handler;
    }

    /// <summary>
    /// Wraps an app: requests accepted on <paramref name="port"/> (1–65535) go to <paramref name="handler"/>, all others to the app. If
    /// no prefix of the server listens on that port, the server fails to start with <see cref="ServerStartException"/>. Throws
    /// <see cref="ArgumentOutOfRangeException"/> for any other number: what port 0 becomes is known only once it is bound.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, int port, Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        ArgumentNullException.ThrowIfNull(handler);
        return new PortRouting(app, port, handler);
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context) =>
        context.Connection.LocalPort == _port
            ? _handler(context) ?? throw HandlerFailure.ReturnedNull(_handler, $"The handler of MapPort({_port})")
            : _app(context) ?? throw HandlerFailure.ReturnedNull(_app, $"The stage after MapPort({_port})");

    /// <inheritdoc />
    protected internal override void Starting(IReadOnlyList<IPEndPoint> endPoints)
    {
        var ports = endPoints.Where(endPoint => endPoint is not UnixEndPoint).Select(endPoint => endPoint.Port).Distinct().Order().ToList();
        if (!ports.Contains(_port))
        {
            throw new ServerStartException(
                $"A stage of the chain serves port {_port}, but no prefix listens on it; the prefixes listen on: " +
                $"{(ports.Count == 0 ? "no port" : string.Join(", ", ports))}.");
        }
    }
}
