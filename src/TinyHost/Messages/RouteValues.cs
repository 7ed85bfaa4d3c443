// Owns: the values a route template took from a request's path.
// Does not own: the matching (Routes).

using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>
/// Values of a template's parameters, by parameter name (compared ordinally). A value is percent-decoded, except for what would make more of it
/// than names between slashes: <c>%2F</c> stays, a backslash is <c>%5C</c>, a segment of dots begins with <c>%2E</c>, and the colon behind a single
/// letter, as of a drive, is <c>%3A</c>. So no value leads out of a folder that it is joined to, on any system.
/// </summary>
public sealed class RouteValues
{
    internal RouteValues()
    {
    }

    /// <summary>For the next request: takes the room of the last one's, which are left without values.</summary>
    internal RouteValues(RouteValues last)
    {
        _values = last._values;
        last._values = null;
    }

    /// <summary>The value of a parameter. Throws <see cref="KeyNotFoundException"/> when the template has no such parameter.</summary>
    public string this[string name] =>
        TryGetValue(name, out var value) ? value : throw new KeyNotFoundException($"The route has no parameter '{name}'.");

    /// <summary>How many there are.</summary>
    public int Count => _values?.Count ?? 0;

    /// <summary>Finds the value of a parameter.</summary>
    public bool TryGetValue(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
    {
        foreach (var (key, held) in CollectionsMarshal.AsSpan(_values))
        {
            if (key == name)
            {
                value = held;
                return true;
            }
        }

        value = null;
        return false;
    }

    // Made with the first value: most requests have none.
    private List<(string Name, string Value)>? _values;

    // A value may be a secret: nothing keeps it beyond its request.
    internal void Add(string name, ReadOnlySpan<char> value) => (_values ??= []).Add((name, value.ToString()));

    internal void Clear() => _values?.Clear();
}
