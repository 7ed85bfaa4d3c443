// Owns: names and values that a client sends as text: the query, the cookies, and the fields of a form.

using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace TinyHost;

/// <summary>
/// Decoded pairs of a name and a value, in the order received. Names are compared with case and may repeat; a name alone has the value
/// <c>""</c>. The values are the client's: they may contain any character, NUL included.
/// </summary>
public sealed class NameValues : IReadOnlyCollection<KeyValuePair<string, string>>
{
    private readonly IReadOnlyList<KeyValuePair<string, string>> _pairs;
    private readonly string _kind;

    /// <param name="pairs">The pairs.</param>
    /// <param name="kind">What a pair is called in an error, such as <c>query parameter</c>.</param>
    internal NameValues(IReadOnlyList<KeyValuePair<string, string>> pairs, string kind)
    {
        _pairs = pairs;
        _kind = kind;
    }

    /// <summary>The number of pairs.</summary>
    public int Count => _pairs.Count;

    /// <summary>The first value of a name; null if the name is absent.</summary>
    public string? this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            // An enumerator of the list would be an object.
            for (var i = 0; i < _pairs.Count; i++)
            {
                if (_pairs[i].Key == name)
                {
                    return _pairs[i].Value;
                }
            }

            return null;
        }
    }

    /// <summary>Returns whether the name is present.</summary>
    public bool Contains(string name) => this[name] is not null;

    /// <summary>Returns all values of a name, in order; empty if the name is absent.</summary>
    public IReadOnlyList<string> GetAll(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return [.. _pairs.Where(pair => pair.Key == name).Select(pair => pair.Value)];
    }

    /// <summary>
    /// Returns the first value of a name, read with the invariant culture. Throws <see cref="RequestRejectedException"/>, which is
    /// answered with 400 and the name, if the name is absent or <typeparamref name="T"/> cannot be read from the value.
    /// </summary>
    public T Get<T>(string name)
        where T : IParsable<T> =>
        this[name] is { } value ? ParameterValue.Parse<T>(_kind, name, value) : throw ParameterValue.Refusal(_kind, name, "is missing");

    /// <summary>
    /// Returns the first value of a name, read with the invariant culture, or <paramref name="defaultValue"/> if the name is absent.
    /// Throws <see cref="RequestRejectedException"/>, which is answered with 400 and the name, if <typeparamref name="T"/> cannot be
    /// read from the value; for a number, the empty value is such a value.
    /// </summary>
    [return: NotNullIfNotNull(nameof(defaultValue))]
    public T? Get<T>(string name, T? defaultValue)
        where T : IParsable<T> =>
        this[name] is { } value ? ParameterValue.Parse<T>(_kind, name, value) : defaultValue;

    /// <summary>Enumerates the pairs in order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
