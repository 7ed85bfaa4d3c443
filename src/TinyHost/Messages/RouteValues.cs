// Owns: the values that a route template took from a request's path.

using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>
/// The values of a route template's parameters, by name (case-sensitive). Values are percent-decoded, except where decoding would lead out
/// of a folder that the value is appended to: <c>%2F</c> stays, a backslash is <c>%5C</c>, a segment of dots begins with <c>%2E</c>, and
/// the colon after a single letter, as in a drive's name, is <c>%3A</c>.
/// </summary>
public sealed class RouteValues
{
    // Made for the first value: most requests have none.
    private List<(string Name, string Value)>? _values;

    internal RouteValues()
    {
    }

    /// <summary>The number of values.</summary>
    public int Count => _values?.Count ?? 0;

    /// <summary>The value of the last parameter; null if there is none.</summary>
    internal string? Last => _values is [.., var last] ? last.Value : null;

    /// <summary>The value of a parameter. Throws <see cref="KeyNotFoundException"/> if the template has no such parameter.</summary>
    public string this[string name] =>
        TryGetValue(name, out var value) ? value : throw new KeyNotFoundException($"The route has no parameter '{name}'.");

    /// <summary>Gets the value of a parameter; false if the template has no such parameter.</summary>
    public bool TryGetValue(string name, [NotNullWhen(true)] out string? value)
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

    /// <summary>
    /// Returns the value of a parameter, read with the invariant culture, such as a <c>long</c> for <c>{id:long}</c>. Throws
    /// <see cref="RequestRejectedException"/>, which is answered with 400 and the name, if <typeparamref name="T"/> cannot be read from
    /// the value; <see cref="KeyNotFoundException"/> if the template has no such parameter.
    /// </summary>
    public T Get<T>(string name)
        where T : IParsable<T> =>
        ParameterValue.Parse<T>("route parameter", name, this[name]);

    // A value may be a secret: it is kept no longer than its request.
    internal void Add(string name, ReadOnlySpan<char> value) => (_values ??= []).Add((name, value.ToString()));

    internal void Clear() => _values?.Clear();
}
