// Owns: the syntax of route templates.

namespace TinyHost;

internal static class RouteTemplateParser
{
    /// <summary>Parses a template. Throws <see cref="ArgumentException"/> with one sentence that says what is wrong.</summary>
    internal static RouteTemplate Parse(string template)
    {
        if (!template.StartsWith('/'))
        {
            throw Malformed(template, "it must begin with a slash, such as /users/{id}");
        }

        if (Array.Find(template.Split('/'), part => part is ['{', .., '?', '}']) is { } optional)
        {
            throw Malformed(template, $"a parameter cannot be optional: add a second route without '{optional}'");
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
                && segments.Take(i).Any(other => other.Kind == TemplateSegmentKind.Parameter && other.Text == segments[i].Text))
            {
                throw Malformed(template, $"it names the parameter '{segments[i].Text}' twice");
            }
        }

        return new RouteTemplate(template, segments);
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
        var constraint = RouteConstraint.None;
        if (!isRest && name.Split(':', 2) is [var before, var after])
        {
            name = before;
            if (!RouteConstraints.TryParse(after, out constraint))
            {
                throw Malformed(template, $"'{after}' in '{part}' is not a constraint; there are {RouteConstraints.Known}");
            }
        }

        if (part.StartsWith("{**", StringComparison.Ordinal))
        {
            throw Malformed(template, $"the rest of the path is written with one asterisk, such as {{*path}}, unlike '{part}'");
        }

        if (!IsParameterName(name))
        {
            throw Malformed(template, $"a parameter name is made of letters, digits and underscores, unlike '{part}'");
        }

        if (isRest && !isLast)
        {
            throw Malformed(template, $"nothing may follow '{part}', which takes all the rest of the path");
        }

        return new TemplateSegment(isRest ? TemplateSegmentKind.Rest : TemplateSegmentKind.Parameter, name, constraint);
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
