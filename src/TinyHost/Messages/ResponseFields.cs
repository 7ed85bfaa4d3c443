// Owns: the fields a handler sets on its response, and the refusal of those that would break the message.
// Does not own: framing fields and Date, which the server writes itself.

using System.Collections;

namespace TinyHost;

/// <summary>
/// The fields of a response's header or trailer section, in the order set. Names compare without regard to case.
/// Setting a name that is not a token, or a value with a control character or one above U+00FF, throws <see cref="ArgumentException"/>;
/// Content-Length, Transfer-Encoding, Connection, Date and the like throw <see cref="InvalidOperationException"/>, which names what to use instead.
/// </summary>
public sealed class ResponseFields : IReadOnlyCollection<KeyValuePair<string, string>>
{
    /// <summary>How many lines there are.</summary>
    public int Count => _lines.Count;

    /// <summary>The value of a field, null when unset. Setting replaces every line of that name; null removes them.</summary>
    public string? this[string name]
    {
        get => throw new NotImplementedException();
        set => throw new NotImplementedException();
    }

    /// <summary>Adds a line, beside any of the same name.</summary>
    public void Add(string name, string value) => throw new NotImplementedException();

    /// <summary>The lines, in order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _lines.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private readonly List<KeyValuePair<string, string>> _lines = [];
}
