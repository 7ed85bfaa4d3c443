// Owns: diverting requests by a field of their header section. Values are compared as they are.

namespace TinyHost;

/// <summary>Routing by a field of the header section (RFC 9110 §5).</summary>
public static class FieldRouting
{
    /// <summary>
    /// Wraps an app: requests with the field <paramref name="name"/> go to <paramref name="handler"/>, all others to the app.
    /// Throws <see cref="ArgumentException"/> when <paramref name="name"/> is not a field name.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, string name, Func<RequestContext, Task> handler)
    {
        ThrowUnlessFieldName(name);
        return Wrap(app, name, context => context.Request.Fields.Contains(name), handler);
    }

    /// <summary>
    /// Wraps an app: requests whose field <paramref name="name"/> has exactly the value <paramref name="value"/>, compared with case, go
    /// to <paramref name="handler"/>, all others to the app. Throws <see cref="ArgumentException"/> when <paramref name="name"/> is not a
    /// field name, when <paramref name="value"/> is empty, as a missing setting is, and when no field can have it: one with control
    /// characters, characters above U+00FF, or white space around it (RFC 9110 §5.5).
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, string name, string value, Func<RequestContext, Task> handler)
    {
        ThrowUnlessFieldName(name);
        ThrowUnlessFieldValue(name, value);
        return Wrap(app, name, context => context.Request.Fields[name] == value, handler);
    }

    private static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, string name, Func<RequestContext, bool> predicate, Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(handler);
        return new PredicateRouting(app, $"MapField(\"{name}\")", predicate, handler);
    }

    // Messages do not show the value, which may be a secret.
    private static void ThrowUnlessFieldValue(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (string.IsNullOrWhiteSpace(value))
        {
            throw new ArgumentException(
                $"The value of {name} to route by is empty, so a request with an empty field would match: " +
                "check that the setting it comes from is set, or use MapWhen for such requests.",
                nameof(value));
        }

        if (!CanBeFieldValue(value))
        {
            throw new ArgumentException(
                $"No field can have the value given for {name}: " +
                "it has no control characters, none above U+00FF, and no white space around it (RFC 9110 §5.5).",
                nameof(value));
        }
    }

    private static bool CanBeFieldValue(string value)
    {
        foreach (var character in value)
        {
            if (character > '\u00FF' || !Octets.FieldValue.Contains((byte)character))
            {
                return false;
            }
        }

        return value.AsSpan().Trim(" \t").Length == value.Length;
    }

    private static void ThrowUnlessFieldName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!TokenText.IsToken(name))
        {
            throw new ArgumentException(
                $"Not a field name: '{name}'; a field name is a token such as X-Tenant (RFC 9110 §5.1).", nameof(name));
        }
    }
}
