// Owns: the fields a handler sets on its response, and the refusal of those that would break the message (RFC 9110 §5, RFC 9112 §11.1).
// Does not own: framing fields and Date, which the server writes itself.

using System.Collections;

namespace TinyHost;

/// <summary>
/// The fields of a response's header or trailer section, in the order set. Names compare without regard to case.
/// A name that is not a token, or a value with a control character or one above U+00FF, throws <see cref="ArgumentException"/>;
/// a Location or Content-Location is a URI reference (RFC 9110 §10.2.2), in which characters that RFC 3986 does not allow are percent-encoded;
/// a field the server writes itself throws <see cref="InvalidOperationException"/>, which names what to use instead.
/// So does every change after the section was sent.
/// </summary>
public sealed class ResponseFields : IReadOnlyCollection<KeyValuePair<string, string>>
{
    // The one name that most responses have. It need not be judged again each time.
    internal const string ContentType = "Content-Type";

    // As many as most responses have.
    private const int KeptLines = 8;

    // Of fields whose room others have taken: sent, so never written to.
    private static readonly List<KeyValuePair<string, string>> s_noLines = [];

    private List<KeyValuePair<string, string>> _lines;

    // Most handlers set the same text for each response: it need not be judged again.
    private string? _lastValid;

    // Changing a field needs the right to write.
    private readonly ConnectionState? _state;
    private readonly int _generation;

    internal ResponseFields(ConnectionState? state = null)
    {
        _state = state;
        _generation = state?.Generation ?? 0;
        _lines = [];
    }

    /// <summary>For the next response: takes the room of the last one's, which can change no more.</summary>
    internal ResponseFields(ConnectionState state, ResponseFields last)
    {
        _state = state;
        _generation = state.Generation;
        last.IsSent = true;
        (_lines, last._lines) = (last._lines, s_noLines);
        _lastValid = last._lastValid;
    }

    /// <summary>How many lines there are.</summary>
    public int Count => _lines.Count;

    /// <summary>The value of a field, of its first line where it has several; null when unset. Setting replaces every line of that name; null removes them.</summary>
    public string? this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            var index = IndexOf(name, 0);
            return index < 0 ? null : _lines[index].Value;
        }

        set
        {
            ArgumentNullException.ThrowIfNull(name);
            using var right = new WriteRight(_state, _generation);
            Set(name, value);
        }
    }

    /// <summary>Adds a line, beside any of the same name.</summary>
    public void Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        using var right = new WriteRight(_state, _generation);
        value = Validate(name, value);
        _lines.Add(new(name, value));
    }

    /// <summary>The lines, in order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _lines.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool IsSent { get; set; }

    /// <summary>Sets a field, for what has the right to write.</summary>
    internal void Set(string name, string? value)
    {
        var index = IndexOf(name, 0);
        if (value is null)
        {
            ThrowIfSent();
            for (; index >= 0; index = IndexOf(name, index))
            {
                _lines.RemoveAt(index);
            }

            return;
        }

        value = Validate(name, value);
        if (index < 0)
        {
            _lines.Add(new(name, value));
            return;
        }

        _lines[index] = new(name, value);
        for (var other = IndexOf(name, index + 1); other >= 0; other = IndexOf(name, other))
        {
            _lines.RemoveAt(other);
        }
    }

    /// <summary>True when the response offers protocols to switch to, which makes <c>upgrade</c> a connection option (RFC 9110 §7.8).</summary>
    internal bool OffersUpgrade => IndexOf("Upgrade", 0) >= 0;

    internal KeyValuePair<string, string> Line(int index) => _lines[index];

    internal void Clear()
    {
        _lines.Clear();
        IsSent = false;
    }

    /// <summary>Between requests: forgets the texts too, and the room of an unusually long section.</summary>
    internal void Release()
    {
        _lines.Clear();
        _lastValid = null;
        if (_lines.Capacity > KeptLines)
        {
            _lines.Capacity = 0;
        }
    }

    /// <summary>Removes the fields that describe content (RFC 9110 §8, RFC 9530).</summary>
    internal void RemoveAboutContent()
    {
        ThrowIfSent();
        _lines.RemoveAll(static line => IsAboutContent(line.Key));
    }

    /// <summary>Removes the lines added after the first <paramref name="count"/>.</summary>
    internal void KeepFirst(int count)
    {
        ThrowIfSent();
        if (count < _lines.Count)
        {
            _lines.RemoveRange(count, _lines.Count - count);
        }
    }

    // The security policy is the site's, whatever the content.
    private static bool IsAboutContent(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
            ? !name.StartsWith("Content-Security-Policy", StringComparison.OrdinalIgnoreCase)
            : Is(name, "ETag") || Is(name, "Last-Modified") || Is(name, "Accept-Ranges") || Is(name, "Repr-Digest") || Is(name, "Digest") || Is(name, "Trailer");

    private int IndexOf(string name, int start)
    {
        for (var i = start; i < _lines.Count; i++)
        {
            if (_lines[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The value to send.</summary>
    private string Validate(string name, string value)
    {
        ThrowIfSent();
        var isKnown = ReferenceEquals(name, ContentType);
        if (!isKnown && !TokenText.IsToken(name))
        {
            throw new ArgumentException($"'{name}' is not a field name: it must be a token (RFC 9110 §5.1).", nameof(name));
        }

        if (!isKnown && IsUriReference(name))
        {
            // A browser takes a backslash for a slash and drops tabs: text of a request must not become the authority of a redirect.
            value = UriText.Encode(value);
        }

        if (!ReferenceEquals(value, _lastValid))
        {
            ThrowIfForbidden(name, value);
            _lastValid = value;
        }

        if (!isKnown && Instead(name) is { } instead)
        {
            throw new InvalidOperationException($"{name} is written by the server itself: {instead}.");
        }

        return value;
    }

    // RFC 9110 §5.5: all but HTAB, SP, VCHAR and obs-text, as Latin-1. No search of the framework's for a range of characters: until that is
    // compiled for good, it makes an object of each bound.
    private static void ThrowIfForbidden(string name, string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] is (< ' ' and not '\t') or '\u007f' or > '\u00ff')
            {
                throw new ArgumentException(
                    $"The value of {name} has the character U+{(int)value[i]:X4} at position {i}: a field value may hold no control character and none above U+00FF (RFC 9110 §5.5).",
                    nameof(value));
            }
        }
    }

    private void ThrowIfSent()
    {
        if (IsSent)
        {
            throw new InvalidOperationException("The response's fields have been sent and can change no more.");
        }
    }

    private static bool IsUriReference(string name) => name.Length switch
    {
        8 => Is(name, "Location"),
        16 => Is(name, "Content-Location"),
        _ => false,
    };

    private static string? Instead(string name) => name.Length switch
    {
        4 when Is(name, "Date") => "it is always the time of sending",
        10 when Is(name, "Connection") => "set Response.Persistent to false to close the connection",
        10 when Is(name, "Keep-Alive") => "ServerLimits.IdleTimeout says how long a connection is kept",
        14 when Is(name, "Content-Length") => "set Response.ContentLength",
        17 when Is(name, "Transfer-Encoding") => "content of unknown length is chunked",
        _ => null,
    };

    private static bool Is(string name, string reserved) => name.Equals(reserved, StringComparison.OrdinalIgnoreCase);
}
