// Owns: the fields that a handler sets on its response. ResponseFieldRules refuses those that would break the message.

using System.Collections;

namespace TinyHost;

/// <summary>
/// The field lines of a response's header or trailer section, in the order set. Names are compared case-insensitively. A name that is not a
/// token, or a value with a control character or a character above U+00FF, throws <see cref="ArgumentException"/>. A field that the server
/// writes itself throws <see cref="InvalidOperationException"/>, which names the member to use instead; so does every change after the
/// section was sent. In Location and Content-Location, characters that a URI reference cannot have are percent-encoded (RFC 9110 §10.2.2).
/// </summary>
public sealed class ResponseFields : IReadOnlyCollection<KeyValuePair<string, string>>
{
    private readonly ConnectionState _state;
    private readonly int _generation;
    private readonly List<KeyValuePair<string, string>> _lines;
    private readonly bool _isTrailer;

    internal ResponseFields(ConnectionState state, int generation, List<KeyValuePair<string, string>> lines, bool isTrailer)
    {
        _state = state;
        _generation = generation;
        _lines = lines;
        _isTrailer = isTrailer;
    }

    /// <summary>The number of field lines.</summary>
    public int Count => Lines.Count;

    private List<KeyValuePair<string, string>> Lines
    {
        get
        {
            _state.ThrowIfRenewed(_generation);
            return _lines;
        }
    }

    /// <summary>
    /// The value of a field; null if the field is absent. The values of several lines are joined by <c>", "</c> (RFC 9110 §5.3). Set-Cookie
    /// lines cannot be joined: the value is that of the first line. <see cref="GetLines"/> returns each line's value. Setting a value
    /// replaces all lines of the field; null removes them.
    /// </summary>
    public string? this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            string? value = null;
            foreach (var line in Lines)
            {
                if (Is(line.Key, name))
                {
                    value = value is null ? line.Value : RequestFields.Join(name, [value, line.Value]);
                }
            }

            return value;
        }

        set
        {
            ArgumentNullException.ThrowIfNull(name);
            using var right = _state.TakeWriteRight(_generation);
            value = value is null ? null : Validate(name, value);
            ThrowIfSent();
            var index = IndexOf(name, 0);
            if (value is not null)
            {
                if (index < 0)
                {
                    _lines.Add(new(name, value));
                    return;
                }

                _lines[index] = new(name, value);
                index = IndexOf(name, index + 1);
            }

            for (; index >= 0; index = IndexOf(name, index))
            {
                _lines.RemoveAt(index);
            }
        }
    }

    /// <summary>Returns the value of each line of a field, in order; none if the field is absent.</summary>
    public IReadOnlyList<string> GetLines(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return [.. Lines.Where(line => Is(line.Key, name)).Select(line => line.Value)];
    }

    /// <summary>Returns whether the field is present.</summary>
    public bool Contains(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        _state.ThrowIfRenewed(_generation);
        return IndexOf(name, 0) >= 0;
    }

    /// <summary>Adds a line, in addition to any of the same name.</summary>
    public void Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        using var right = _state.TakeWriteRight(_generation);
        value = Validate(name, value);
        _lines.Add(new(name, value));
    }

    /// <summary>Enumerates the name and value of each line, in order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => Lines.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Removes the fields that describe content (RFC 9110 §8, RFC 9530). The caller has the right to write.</summary>
    internal void RemoveAboutContent() => _lines.RemoveAll(static line => ResponseFieldRules.IsAboutContent(line.Key));

    private int IndexOf(string name, int start)
    {
        for (var i = start; i < _lines.Count; i++)
        {
            if (Is(_lines[i].Key, name))
            {
                return i;
            }
        }

        return -1;
    }

    private string Validate(string name, string value)
    {
        ThrowIfSent();
        return ResponseFieldRules.Validate(name, value);
    }

    private void ThrowIfSent()
    {
        if (_state.HasResponseStarted && !_isTrailer)
        {
            throw new InvalidOperationException("The response's fields have been sent and can change no more.");
        }
    }

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
