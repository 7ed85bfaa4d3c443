// Owns: the syntax and the rules of a Set-Cookie field, RFC 6265bis §4.1 and §5.6.

using System.Buffers;
using System.Globalization;
using System.Text;

namespace TinyHost;

/// <summary>Every method throws <see cref="ArgumentException"/> with one sentence for what a browser would ignore or misread.</summary>
internal static class CookieText
{
    // RFC 6265bis §5.6: browsers ignore longer cookies and attributes.
    private const int LongestCookie = 4_096;
    private const int LongestAttribute = 1_024;
    private const int LongestLabel = 63;

    // cookie-octet: visible ASCII but quotes, comma, semicolon and backslash.
    private static readonly SearchValues<char> s_value = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Except(['"', ',', ';', '\\'])]);

    /// <summary>The earliest year that browsers accept.</summary>
    private static readonly DateTimeOffset s_earliest = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal static string Write(string name, string value, CookieOptions options)
    {
        var text = Begin(name, value, options);
        if (options.MaxAge is { } age)
        {
            if (age < TimeSpan.FromSeconds(1))
            {
                throw Invalid(name, $"its MaxAge is {age}, and must be at least one second; DeleteCookie deletes a cookie");
            }

            text.Append("; Max-Age=").Append(((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        }

        if (options.Expires is { } expires)
        {
            if (expires < s_earliest)
            {
                throw Invalid(name, $"it expires in the year {expires.Year}, and browsers ignore years before 1601");
            }

            AppendExpires(text, expires);
        }

        return End(text, options);
    }

    internal static string WriteDeletion(string name, CookieOptions options)
    {
        var text = Begin(name, "", options).Append("; Max-Age=0");
        AppendExpires(text, DateTimeOffset.UnixEpoch);
        return End(text, options);
    }

    private static StringBuilder Begin(string name, string value, CookieOptions options)
    {
        CheckName(name);
        CheckValue(name, value);
        CheckTogether(name, options);
        var text = new StringBuilder(name).Append('=').Append(value);
        if (options.Domain is { } domain)
        {
            CheckDomain(name, domain);
            text.Append("; Domain=").Append(domain);
        }

        if (options.Path is { } path)
        {
            CheckPath(name, path);
            text.Append("; Path=").Append(path);
        }

        return text;
    }

    private static string End(StringBuilder text, CookieOptions options)
    {
        text.Append(options.Secure ? "; Secure" : "").Append(options.HttpOnly ? "; HttpOnly" : "");
        if (options.SameSite is { } sameSite)
        {
            text.Append("; SameSite=").Append(sameSite);
        }

        return text.Append(options.Partitioned ? "; Partitioned" : "").ToString();
    }

    private static void AppendExpires(StringBuilder text, DateTimeOffset time) =>
        text.Append("; Expires=").Append(HttpDate.Write(time));

    private static void CheckName(string name)
    {
        if (!TokenText.IsToken(name))
        {
            throw new ArgumentException($"'{name}' is not a cookie's name: it must be a token (RFC 9110 §5.6.2), such as session-id.");
        }
    }

    private static void CheckValue(string name, string value)
    {
        var octets = value is ['"', .., '"'] ? value.AsSpan(1, value.Length - 2) : value;
        if (octets.IndexOfAnyExcept(s_value) is >= 0 and var index)
        {
            throw Invalid(name, $"its value has the character U+{(int)octets[index]:X4}, which no cookie can have; "
                + "encode such text with Uri.EscapeDataString");
        }

        if (name.Length + value.Length > LongestCookie)
        {
            throw Invalid(
                name, $"its name and value have {name.Length + value.Length} bytes, and browsers accept no more than {LongestCookie}");
        }
    }

    private static void CheckTogether(string name, CookieOptions options)
    {
        var isHost = name.StartsWith("__Host-", StringComparison.OrdinalIgnoreCase);
        if (options.SameSite is not (null or SameSite.Lax or SameSite.Strict or SameSite.None))
        {
            throw Invalid(name, $"{options.SameSite} is not a value of SameSite; use Lax, Strict or None");
        }

        var why = options.Secure ? null
            : options.SameSite == SameSite.None ? "SameSite=None needs Secure"
            : options.Partitioned ? "Partitioned needs Secure"
            : isHost ? "the prefix __Host- needs Secure"
            : name.StartsWith("__Secure-", StringComparison.OrdinalIgnoreCase) ? "the prefix __Secure- needs Secure"
            : null;
        why ??= isHost && options.Domain is not null ? "the prefix __Host- allows no Domain"
            : isHost && options.Path != "/" ? "the prefix __Host- needs Path=/"
            : null;
        if (why is not null)
        {
            throw Invalid(name, why);
        }
    }

    private static void CheckPath(string name, string path)
    {
        if (!path.StartsWith('/') || path.Contains(';', StringComparison.Ordinal) || path.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw Invalid(name, $"'{path}' is not a path: it begins with a slash and has neither semicolons nor characters outside ASCII");
        }

        CheckLength(name, "Path", path);
    }

    // RFC 6265bis §4.1.1: a subdomain as in RFC 1034 §3.5, with digits as in RFC 1123 §2.1.
    private static void CheckDomain(string name, string domain)
    {
        if (domain.StartsWith('.'))
        {
            throw Invalid(name, $"the Domain '{domain}' begins with a dot; without it, it includes its subdomains all the same");
        }

        foreach (var label in domain.Split('.'))
        {
            if (label.Length is 0 or > LongestLabel || label[0] == '-' || label[^1] == '-'
                || !label.All(character => char.IsAsciiLetterOrDigit(character) || character == '-'))
            {
                throw Invalid(name, $"'{domain}' is not a Domain; it is a host name in ASCII, such as example.org");
            }
        }

        CheckLength(name, "Domain", domain);
    }

    private static void CheckLength(string name, string attribute, string value)
    {
        if (value.Length > LongestAttribute)
        {
            throw Invalid(name, $"its {attribute} has {value.Length} bytes, and browsers accept no more than {LongestAttribute}");
        }
    }

    private static ArgumentException Invalid(string name, string why) => new($"The cookie '{name}' cannot be set: {why}.");
}
