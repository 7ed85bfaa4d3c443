// Owns: calling the handler of a route: http.route, route values, and the handler itself.

namespace TinyHost;

/// <summary>One entry of a routing table.</summary>
internal sealed class Route(string method, RouteTemplate template, Func<RequestContext, Task> handler)
{
    private readonly string _text = template.Text;
    private readonly bool _hasParameters = !template.IsLiteral;
    private readonly JoinedText _underBasePath = new();

    internal string Method => method;

    internal RouteTemplate Template => template;

    internal Func<RequestContext, Task> Handler => handler;

    internal Task HandleAsync(RequestContext context)
    {
        var request = context.Request;
        // http.route includes the base path. It consists of the chain's own prefixes, never of text from the peer.
        context.Route = request.BasePath.Length == 0 ? _text : _underBasePath.Join(request.BasePath, _text);
        request.ClearRouteValues();
        if (_hasParameters)
        {
            template.ReadValues(request);
        }

        return handler(context) ?? throw HandlerFailure.ReturnedNull(handler, $"The handler of {method} {_text}");
    }
}
