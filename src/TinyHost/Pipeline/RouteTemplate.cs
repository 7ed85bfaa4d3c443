// Owns: the syntax of route templates, and taking a matched path apart by one.
// Does not own: choosing among templates (RouteNode).

namespace TinyHost;

internal enum TemplateSegmentKind : byte
{
    /// <summary>Text to be met exactly.</summary>
    Literal,

    /// <summary><c>{name}</c>: any one segment that is not empty.</summary>
    Parameter,

    /// <summary><c>{*name}</c>: whatever is left, nothing and further slashes included.</summary>
    Rest,
}

internal readonly record struct TemplateSegment(TemplateSegmentKind Kind, string Text);

/// <summary>A template such as <c>/users/{id}/files/{*path}</c>.</summary>
internal sealed class RouteTemplate
{
    private RouteTemplate(string text, TemplateSegment[] segments)
    {
        Text = text;
        Segments = segments;
    }

    internal string Text { get; }

    /// <summary>Whether it has no parameter: it is the one path it matches.</summary>
    internal bool IsLiteral => Array.TrueForAll(Segments, segment => segment.Kind == TemplateSegmentKind.Literal);

    /// <summary>What lies between the slashes; never changed. An empty literal stands for the end of <c>/</c> or <c>/users/</c>.</summary>
    internal TemplateSegment[] Segments { get; }

    /// <summary>Reads a template. Throws <see cref="ArgumentException"/> with one sentence that says what is wrong.</summary>
    internal static RouteTemplate Parse(string template)
    {
        if (!template.StartsWith('/'))
        {
            throw Malformed(template, "it must begin with a slash, such as /users/{id}");
        }

        if (TargetPath.WhyUnreachable(template) is { } why)
        {
            throw Malformed(template, why);
        }

        var parts = template[1..].Split('/');
        var segments = new TemplateSegment[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var isLast = i == parts.Length - 1;
            segments[i] = ParseSegment(template, parts[i], isLast);
            if (segments[i].Kind != TemplateSegmentKind.Literal
                && segments.AsSpan(0, i).Contains(new TemplateSegment(TemplateSegmentKind.Parameter, segments[i].Text)))
            {
                throw Malformed(template, $"it names the parameter '{segments[i].Text}' twice");
            }
        }

        return new RouteTemplate(template, segments);
    }

    /// <summary>Adds the values that a path this template matches has for its parameters.</summary>
    internal void ReadValues(ReadOnlySpan<char> path, RouteValues values)
    {
        foreach (var segment in Segments)
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

    private static TemplateSegment ParseSegment(string template, string part, bool isLast)
    {
        if (!part.AsSpan().ContainsAny('{', '}'))
        {
            return new TemplateSegment(TemplateSegmentKind.Literal, part);
        }

        if (part is not ['{', .., '}'])
        {
            throw Malformed(template, $"a parameter takes a whole segment, such as {{id}}, unlike '{part}'");
        }

        var isRest = part[1] == '*';
        var name = isRest ? part[2..^1] : part[1..^1];
        if (!IsParameterName(name))
        {
            throw Malformed(template, $"a parameter name is made of letters, digits and underscores, unlike '{part}'");
        }

        if (isRest && !isLast)
        {
            throw Malformed(template, $"nothing may follow '{part}', which takes all the rest of the path");
        }

        return new TemplateSegment(isRest ? TemplateSegmentKind.Rest : TemplateSegmentKind.Parameter, name);
    }

    private static bool IsParameterName(string name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
            {
                return false;
            }
        }

        return name.Length > 0;
    }

    private static ArgumentException Malformed(string template, string why) =>
        new($"Not a route template: '{template}': {why}.", nameof(template));
}
