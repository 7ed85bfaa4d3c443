// Owns: reading the field lines of a received section by name, RFC 9110 §5.

using System.Collections;
using System.Text;

namespace TinyHost;

/// <summary>
/// The field lines of a request's header or trailer section, in the order received (RFC 9110 §5). Names are compared case-insensitively.
/// Values are decoded as Latin-1, which loses no byte (RFC 9110 §5.5).
/// </summary>
public sealed class RequestFields : IReadOnlyCollection<KeyValuePair<string, string>>
{
    private readonly Request _request;
    private readonly bool _isTrailer;

    internal RequestFields(Request request, bool isTrailer)
    {
        _request = request;
        _isTrailer = isTrailer;
    }

    /// <summary>The number of field lines.</summary>
    public int Count => Lines(out _).Length;

    /// <summary>
    /// The value of a field; null if the field is absent. The values of several lines are joined by <c>", "</c> (RFC 9110 §5.3), those of
    /// Cookie by <c>"; "</c> (RFC 6265 §4.2.1). Set-Cookie lines cannot be joined: the value is that of the first line.
    /// <see cref="GetLines"/> returns each line's value.
    /// </summary>
    public string? this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            string? value = null;
            List<string>? all = null;
            foreach (var line in Lines(out var octets))
            {
                if (!HasName(line, name, octets))
                {
                    continue;
                }

                if (value is null)
                {
                    value = Value(line, octets);
                }
                else
                {
                    // Joined at the end, so that many lines cost no more than their length.
                    (all ??= [value]).Add(Value(line, octets));
                }
            }

            return all is null ? value : Join(name, all);
        }
    }

    /// <summary>Returns the value of each line of a field, in order; none if the field is absent.</summary>
    public IReadOnlyList<string> GetLines(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        List<string> values = [];
        foreach (var line in Lines(out var octets))
        {
            if (HasName(line, name, octets))
            {
                values.Add(Value(line, octets));
            }
        }

        return values;
    }

    /// <summary>Returns whether the field is present.</summary>
    public bool Contains(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (var line in Lines(out var octets))
        {
            if (HasName(line, name, octets))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Enumerates the name and value of each line, in order.</summary>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return Line(i);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The value of several lines of the same name.</summary>
    internal static string Join(string name, List<string> values) => name.Length switch
    {
        6 when name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) => string.Join("; ", values),
        10 when name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase) => values[0],
        _ => string.Join(", ", values),
    };

    private ReadOnlySpan<FieldLine> Lines(out ReadOnlySpan<byte> octets) =>
        _isTrailer ? _request.Body.TrailerLines(out octets) : _request.HeaderLines(out octets);

    private KeyValuePair<string, string> Line(int index)
    {
        var line = Lines(out var octets)[index];
        return new(_request.Strings.Get(line.Name.Of(octets)), Value(line, octets));
    }

    private static bool HasName(FieldLine line, string name, ReadOnlySpan<byte> octets) =>
        line.Name.Length == name.Length && Ascii.EqualsIgnoreCase(line.Name.Of(octets), name);

    private string Value(FieldLine line, ReadOnlySpan<byte> octets)
    {
        var value = line.Value.Of(octets);
        // A string alone is no sign that the handler leaves work behind.
        var before = _request.Allocations.OfHandler;
        var text = IsHarmless(line.Name.Of(octets)) ? _request.Strings.Get(value) : Encoding.Latin1.GetString(value);
        _request.Allocations.CountOwn(before);
        return text;
    }

    // Fields that describe the client or the message without identifying anyone. Any other value may be a secret, and must not outlive the
    // request.
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
