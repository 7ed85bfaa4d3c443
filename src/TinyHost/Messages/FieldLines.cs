// Owns: reading the field lines of a received section by name.
// Does not own: their octets, or any field's meaning.

using System.Collections;

namespace TinyHost;

/// <summary>
/// The field lines of a header or trailer section, in the order received (RFC 9110 §5). Names compare without regard to case.
/// Values are octets read as Latin-1, so that none is lost (RFC 9110 §5.5).
/// </summary>
public sealed class FieldLines : IReadOnlyCollection<KeyValuePair<string, string>>
{
    internal FieldLines()
    {
    }

    /// <summary>How many lines there are.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>The value of a field, several lines of one name joined by <c>", "</c> (RFC 9110 §5.3); null when there is none.</summary>
    public string? this[string name] => throw new NotImplementedException();

    /// <summary>True when there is a line of that name.</summary>
    public bool Contains(string name) => throw new NotImplementedException();

    /// <summary>The lines, in order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => throw new NotImplementedException();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
