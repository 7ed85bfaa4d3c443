// Owns: reading the field lines of a received section by name, RFC 9110 §5.
// Does not own: their octets, or any field's meaning.

using System.Collections;
using System.Text;

namespace TinyHost;

/// <summary>
/// The field lines of a header or trailer section, in the order received (RFC 9110 §5). Names compare without regard to case.
/// Values are octets read as Latin-1, so that none is lost (RFC 9110 §5.5).
/// </summary>
public sealed class FieldLines : IReadOnlyCollection<KeyValuePair<string, string>>
{
    private readonly IFieldSection _section;
    private readonly StringCache _strings;

    internal FieldLines(IFieldSection section, StringCache strings)
    {
        _section = section;
        _strings = strings;
    }

    /// <summary>How many lines there are.</summary>
    public int Count => _section.Lines.Length;

    /// <summary>
    /// The value of a field; null when there is none. Several lines of one name are joined by <c>", "</c> (RFC 9110 §5.3), those of Cookie by
    /// <c>"; "</c> (RFC 6265 §4.2.1: a comma separates no cookies).
    /// </summary>
    public string? this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            string? value = null;
            foreach (var line in _section.Lines)
            {
                if (Names(line, name))
                {
                    value = value is null ? Value(line) : string.Concat(value, IsCookie(name) ? "; " : ", ", Value(line));
                }
            }

            return value;
        }
    }

    /// <summary>True when there is a line of that name.</summary>
    public bool Contains(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (var line in _section.Lines)
        {
            if (Names(line, name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The lines, in order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            var line = _section.Lines[i];
            yield return new(_strings.Get(line.Name.Of(_section.Octets)), Value(line));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static bool IsCookie(string name) => name.Equals("Cookie", StringComparison.OrdinalIgnoreCase);

    private bool Names(FieldLine line, string name) =>
        line.Name.Length == name.Length && Ascii.EqualsIgnoreCase(line.Name.Of(_section.Octets), name);

    private string Value(FieldLine line)
    {
        var octets = line.Value.Of(_section.Octets);
        return IsHarmless(line.Name.Of(_section.Octets)) ? _strings.Get(octets) : Encoding.Latin1.GetString(octets);
    }

    // Fields that describe the client or the message, and name nobody. What any other field holds (a token, a cookie, an address with its query)
    // must not outlive the request.
    private static bool IsHarmless(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Ascii.EqualsIgnoreCase(name, "TE"),
        4 => Ascii.EqualsIgnoreCase(name, "Host"),
        6 => Ascii.EqualsIgnoreCase(name, "Accept") || Ascii.EqualsIgnoreCase(name, "Expect"),
        7 => Ascii.EqualsIgnoreCase(name, "Upgrade"),
        10 => Ascii.EqualsIgnoreCase(name, "User-Agent") || Ascii.EqualsIgnoreCase(name, "Connection"),
        12 => Ascii.EqualsIgnoreCase(name, "Content-Type"),
        13 => Ascii.EqualsIgnoreCase(name, "Cache-Control"),
        14 => Ascii.EqualsIgnoreCase(name, "Content-Length"),
        15 => Ascii.EqualsIgnoreCase(name, "Accept-Encoding") || Ascii.EqualsIgnoreCase(name, "Accept-Language"),
        16 => Ascii.EqualsIgnoreCase(name, "Content-Encoding"),
        17 => Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"),
        21 => Ascii.EqualsIgnoreCase(name, "Sec-WebSocket-Version"),
        35 => Ascii.EqualsIgnoreCase(name, "X-Prometheus-Scrape-Timeout-Seconds"),
        _ => false,
    };
}
