// Owns: finding the route for a path and a method, in time linear in the path and without allocating.

namespace TinyHost;

/// <summary>
/// A tree with a level for each segment. A literal is tried before a parameter, one with a constraint before one without, and a parameter
/// before the rest of the path. A path visits each node at most once, so the work is bounded by the table.
/// </summary>
internal sealed class RouteNode
{
    private readonly Dictionary<string, RouteNode> _literals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RouteNode>.AlternateLookup<ReadOnlySpan<char>> _literalsBySpan;
    private readonly List<Route> _routes = [];
    private ConstrainedNodes? _constrained;
    private RouteNode? _parameter;
    private RouteNode? _rest;

    internal RouteNode() => _literalsBySpan = _literals.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Adds a route below this root. Throws <see cref="ArgumentException"/> when another takes the same requests.</summary>
    internal void Add(Route route)
    {
        var node = this;
        foreach (var segment in route.Template.Segments)
        {
            node = segment.Kind switch
            {
                TemplateSegmentKind.Parameter when segment.Constraint != RouteConstraint.None =>
                    (node._constrained ??= new ConstrainedNodes()).NodeOf(segment.Constraint),
                TemplateSegmentKind.Parameter => node._parameter ??= new RouteNode(),
                TemplateSegmentKind.Rest => node._rest ??= new RouteNode(),
                _ => node._literals.TryGetValue(segment.Text, out var child) ? child : node._literals[segment.Text] = new RouteNode(),
            };
        }

        if (node.RouteFor(route.Method) is { } other)
        {
            throw new ArgumentException(
                $"The route {route.Method} {route.Template.Text} takes the same requests as {other.Method} {other.Template.Text}.");
        }

        node._routes.Add(route);
    }

    /// <summary>
    /// The best route for a path that begins with a slash, and a method; HEAD falls back to GET (RFC 9110 §9.3.2). If there is none,
    /// <paramref name="allowed"/>, unless null, receives the routes that match the path with other methods.
    /// </summary>
    internal Route? Find(ReadOnlySpan<char> path, string method, List<Route>? allowed)
    {
        var segment = path[1..];
        var slash = segment.IndexOf('/');
        var rest = slash < 0 ? [] : segment[slash..];
        if (slash >= 0)
        {
            segment = segment[..slash];
        }

        return (_literalsBySpan.TryGetValue(segment, out var literal) ? literal.FindBelow(rest, method, allowed) : null)
            ?? _constrained?.Find(segment, rest, method, allowed)
            ?? (segment.IsEmpty ? null : _parameter?.FindBelow(rest, method, allowed))
            ?? _rest?.FindBelow([], method, allowed);
    }

    internal Route? FindBelow(ReadOnlySpan<char> rest, string method, List<Route>? allowed)
    {
        if (!rest.IsEmpty)
        {
            return Find(rest, method, allowed);
        }

        var route = RouteFor(method) ?? (method == "HEAD" ? RouteFor("GET") : null);
        if (route is null)
        {
            allowed?.AddRange(_routes);
        }

        return route;
    }

    private Route? RouteFor(string method)
    {
        foreach (var route in _routes)
        {
            if (route.Method == method)
            {
                return route;
            }
        }

        return null;
    }
}
