// Owns: the routing table a program writes, and the answers for requests it has no route for.
// Does not own: finding a route (RouteNode) or the syntax of templates (RouteTemplate).

using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// Routes by method and path template, the end of a chain: <c>new Routes().Get("/users/{id}", user).HandleAsync</c> is a handler.
/// <c>{name}</c> takes one segment into <see cref="Request.RouteValues"/>; <c>{*name}</c>, at the end, all that is left. Literals win over <c>{name}</c>, and that over <c>{*name}</c>; case and a slash at the end count.
/// A route for GET answers HEAD, and OPTIONS is answered with Allow, unless they have routes of their own.
/// Without a route: 404, or where the path is known to another method 405 with Allow, or 501 for a method that neither a route nor an RFC
/// knows; 501 for CONNECT and TRACE (RFC 9110 §15.6.2).
/// </summary>
public sealed class Routes : Stage
{
    private readonly RouteNode _root = new();
    private readonly List<Route> _all = [];
    private bool _serving;

    /// <summary>
    /// Adds a route. Throws <see cref="ArgumentException"/> when the method is not a token (RFC 9110 §9.1), the template is malformed, no request
    /// can ever match them (<c>get</c>, CONNECT, <c>/a%20b</c>, <c>/a/../b</c>), or another route takes the same requests; <see cref="InvalidOperationException"/> once the routes have served a request.
    /// </summary>
    public Routes Map(string method, string template, Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(handler);
        if (!TokenText.IsToken(method))
        {
            throw new ArgumentException($"Not a method: '{method}'; a method is a token such as GET (RFC 9110 §9.1).", nameof(method));
        }

        if (TokenText.WhyUnroutable(method) is { } why)
        {
            throw new ArgumentException($"No request can match the method '{method}': {why}.", nameof(method));
        }

        if (_serving)
        {
            throw new InvalidOperationException($"The route {method} {template} comes too late: the routes are being served already.");
        }

        var route = new Route(method, RouteTemplate.Parse(template), handler);
        _root.Add(route);
        _all.Add(route);
        AddHandler(handler);
        return this;
    }

    /// <summary>Adds a route for GET, and so for HEAD. See <see cref="Map"/>.</summary>
    [SuppressMessage("Naming", "CA1716", Justification = "The method's name is GET.")]
    public Routes Get(string template, Func<RequestContext, Task> handler) => Map("GET", template, handler);

    /// <summary>Adds a route for POST. See <see cref="Map"/>.</summary>
    public Routes Post(string template, Func<RequestContext, Task> handler) => Map("POST", template, handler);

    /// <summary>Adds a route for PUT. See <see cref="Map"/>.</summary>
    public Routes Put(string template, Func<RequestContext, Task> handler) => Map("PUT", template, handler);

    /// <summary>Adds a route for PATCH (RFC 5789). See <see cref="Map"/>.</summary>
    public Routes Patch(string template, Func<RequestContext, Task> handler) => Map("PATCH", template, handler);

    /// <summary>Adds a route for DELETE. See <see cref="Map"/>.</summary>
    public Routes Delete(string template, Func<RequestContext, Task> handler) => Map("DELETE", template, handler);

    /// <inheritdoc />
    // The stages nearly every chain has are not inlined into one another: the compiler has room for so much in one method, and none would be left for
    // the handler, which comes last.
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override Task InvokeAsync(RequestContext context)
    {
        if (!_serving)
        {
            _serving = true;
        }

        var route = Find(context.Request, null);
        return route is not null ? route.HandleAsync(context) : RefuseAsync(context);
    }

    internal override IEnumerable<string> LiteralPaths =>
        _all.FindAll(route => route.Template.IsLiteral).ConvertAll(route => route.Template.Text);

    private Route? Find(Request request, List<Route>? allowed) =>
        request.Path.StartsWith('/') ? _root.Find(request.Path, request.Method, allowed) : null;

    private Task RefuseAsync(RequestContext context)
    {
        var request = context.Request;
        var response = context.Response;
        if (request.Method is "CONNECT" or "TRACE")
        {
            // RFC 9110 §15.6.2: not a matter of this path; the server has neither.
            return AnswerAsync(response, HttpStatusCode.NotImplemented, "501 Not Implemented\n");
        }

        List<Route> allowed = [];
        Find(request, allowed);

        // OPTIONS * asks about the server as a whole (RFC 9110 §9.3.7).
        var isAsterisk = request.Path == "*";
        if (allowed.Count == 0 && !isAsterisk)
        {
            return AnswerAsync(response, HttpStatusCode.NotFound, "404 Not Found\n");
        }

        if (!request.IsMethodDefined && !_all.Exists(route => route.Method == request.Method))
        {
            // RFC 9110 §15.6.2: the method is not one that another resource would allow.
            return AnswerAsync(response, HttpStatusCode.NotImplemented, "501 Not Implemented\n");
        }

        response.Fields["Allow"] = AllowField(isAsterisk ? _all : allowed);
        if (request.Method != "OPTIONS")
        {
            return AnswerAsync(response, HttpStatusCode.MethodNotAllowed, "405 Method Not Allowed\n");
        }

        response.StatusCode = (int)HttpStatusCode.NoContent;
        response.ResetContent();
        return Task.CompletedTask;
    }

    private static string AllowField(List<Route> routes)
    {
        var methods = routes.SelectMany(route => route.Method == "GET" ? s_getAndHead : [route.Method]);
        return string.Join(", ", methods.Append("OPTIONS").Distinct());
    }

    private static Task AnswerAsync(Response response, HttpStatusCode status, string text) => response.AnswerAsync((int)status, text);

    private static readonly string[] s_getAndHead = ["GET", "HEAD"];
}
