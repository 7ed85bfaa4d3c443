// Owns: one entry of a routing table.
// Does not own: finding it (RouteNode).

namespace TinyHost;

internal sealed class Route(string method, RouteTemplate template, Func<RequestContext, Task> handler)
{
    private readonly JoinedText _underBasePath = new();

    internal string Method => method;

    internal RouteTemplate Template => template;

    internal Task HandleAsync(RequestContext context)
    {
        var request = context.Request;

        // The http.route attribute includes the application's root; a base path is one of the prefixes in the chain, never the peer's text.
        context.Route = request.BasePath.Length == 0 ? template.Text : _underBasePath.Join(request.BasePath, template.Text);
        var path = request.Path;
        var before = GC.GetAllocatedBytesForCurrentThread();
        request.RouteValues.Clear();
        template.ReadValues(path, request.RouteValues);
        request.CountTexts(before);
        return handler(context) ?? throw HandlerCall.ReturnedNull(handler, $"The handler of {method} {template.Text}");
    }

    internal Func<RequestContext, Task> Handler => handler;
}
