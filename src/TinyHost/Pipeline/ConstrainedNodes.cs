// Owns: finding a route below parameters with constraints.

namespace TinyHost;

/// <summary>The nodes of one level whose parameters have constraints.</summary>
internal sealed class ConstrainedNodes
{
    private readonly SortedList<RouteConstraint, RouteNode> _nodes = [];

    internal RouteNode NodeOf(RouteConstraint constraint)
    {
        if (!_nodes.TryGetValue(constraint, out var node))
        {
            _nodes.Add(constraint, node = new RouteNode());
        }

        return node;
    }

    /// <summary>The best route below a segment that meets a constraint, as <see cref="RouteNode.Find"/>.</summary>
    internal Route? Find(ReadOnlySpan<char> segment, ReadOnlySpan<char> rest, string method, List<Route>? allowed)
    {
        for (var i = 0; i < _nodes.Count; i++)
        {
            if (RouteConstraints.IsMet(_nodes.GetKeyAtIndex(i), segment)
                && _nodes.GetValueAtIndex(i).FindBelow(rest, method, allowed) is { } route)
            {
                return route;
            }
        }

        return null;
    }
}
