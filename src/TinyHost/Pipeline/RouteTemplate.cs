// Owns: a parsed route template, and the values that a matching path has for its parameters.

namespace TinyHost;

internal enum TemplateSegmentKind : byte
{
    /// <summary>Text that must match exactly.</summary>
    Literal,

    /// <summary><c>{name}</c> or <c>{name:long}</c>: one segment that is not empty.</summary>
    Parameter,

    /// <summary><c>{*name}</c>: the rest of the path, possibly empty.</summary>
    Rest,
}

internal readonly record struct TemplateSegment(
    TemplateSegmentKind Kind, string Text, RouteConstraint Constraint = RouteConstraint.None);

/// <summary>A template such as <c>/users/{id}/files/{*path}</c>.</summary>
internal sealed class RouteTemplate(string text, TemplateSegment[] segments)
{
    internal string Text => text;

    /// <summary>The parts between the slashes. An empty literal stands for the end of <c>/</c> or <c>/users/</c>.</summary>
    internal TemplateSegment[] Segments => segments;

    /// <summary>True for a template without parameters, which matches one path.</summary>
    internal bool IsLiteral => Array.TrueForAll(segments, segment => segment.Kind == TemplateSegmentKind.Literal);

    /// <summary>Adds the values of the parameters to a request whose path matches.</summary>
    internal void ReadValues(Request request)
    {
        var before = request.Allocations.OfHandler;
        ReadValues(request.Path, request.RouteValues);
        request.Allocations.CountOwn(before);
    }

    /// <summary>Adds the values of the parameters in a path that matches.</summary>
    internal void ReadValues(ReadOnlySpan<char> path, RouteValues values)
    {
        foreach (var segment in segments)
        {
            path = path[1..];
            if (segment.Kind == TemplateSegmentKind.Rest)
            {
                values.Add(segment.Text, RouteValue.Of(path));
                return;
            }

            var slash = path.IndexOf('/');
            var length = slash < 0 ? path.Length : slash;
            if (segment.Kind == TemplateSegmentKind.Parameter)
            {
                values.Add(segment.Text, RouteValue.Of(path[..length]));
            }

            path = path[length..];
        }
    }
}
