// Owns: the routing table a program writes.

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// Routes by method and path template, the end of a chain: <c>pipeline.Run(new Routes().Get("/users/{id}", user))</c>. <c>{name}</c>
/// takes one segment into <see cref="Request.RouteValues"/>; <c>{name:long}</c> only one of that form (int, long, guid or alpha);
/// <c>{*name}</c>, at the end, the rest of the path. Literals take precedence over <c>{name:long}</c>, that over <c>{name}</c>, and that
/// over <c>{*name}</c>; case and a slash at the end count. A route for GET answers HEAD, and OPTIONS is answered with Allow, unless they
/// have routes of their own. Without a route: 404; 405 with Allow where another method has one; 501 for CONNECT, TRACE, and a method that
/// neither a route nor an RFC defines (RFC 9110 §15.6.2).
/// </summary>
public sealed class Routes : Stage
{
    private readonly RouteNode _root = new();
    private readonly List<Route> _all = [];
    private Func<RequestContext, Task>? _notFound;
    private bool _isServing;

    internal override IEnumerable<string> LiteralPaths =>
        _all.Where(route => route.Template.IsLiteral).Select(route => route.Template.Text);

    /// <summary>
    /// Adds a route. Throws <see cref="ArgumentException"/> when the method is not a token (RFC 9110 §9.1), the template is malformed, no
    /// request can match them (<c>get</c>, CONNECT, <c>/a%20b</c>, <c>/a/../b</c>), or another route takes the same requests;
    /// <see cref="InvalidOperationException"/> once the routes have served a request.
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

        if (_isServing)
        {
            throw new InvalidOperationException($"The route {method} {template} comes too late: the routes are being served already.");
        }

        var route = new Route(method, RouteTemplateParser.Parse(template), handler);
        AddHandler(handler);
        _root.Add(route);
        _all.Add(route);
        return this;
    }

    /// <summary>
    /// Answers requests whose path has no route with <paramref name="handler"/>, in place of a short 404. The status is 404 unless the
    /// handler sets another. Throws <see cref="InvalidOperationException"/> when the routes have such a handler or have served a request.
    /// </summary>
    public Routes NotFound(Func<RequestContext, Task> handler)
    {
        AddHandler(handler);
        _notFound = _notFound is null && !_isServing ? handler
            : throw new InvalidOperationException("NotFound is called once, and before the routes are served.");
        return this;
    }

    /// <summary>The routes of a group, which takes no more. <paramref name="name"/> names it in an error.</summary>
    internal List<Route> Close(string name)
    {
        _isServing = true;
        return _notFound is null ? _all : throw new InvalidOperationException($"{name} cannot have a NotFound: set that of all routes.");
    }

    /// <inheritdoc />
    // The stages that nearly every chain has are not inlined into one another: the JIT's inlining budget is for the handler, which comes
    // last.
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override Task InvokeAsync(RequestContext context)
    {
        if (!_isServing)
        {
            _isServing = true;
        }

        var request = context.Request;
        var route = request.Path.StartsWith('/') ? _root.Find(request.Path, request.Method, null) : null;
        return route is not null ? route.HandleAsync(context) : NoRoute.AnswerAsync(context, _root, _all, _notFound);
    }
}
