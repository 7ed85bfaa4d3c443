// Owns: checking tokens that a program supplies as text, RFC 9110 §5.6.2: field names, protocol names and methods.

namespace TinyHost;

internal static class TokenText
{
    // RFC 9110 §9.3, RFC 2068 §19.6.1, 3253, 3648, 3744, 4437, 4791, 4918, 5323, 5789 and 5842; and QUERY, a draft about to become an RFC.
    private static readonly HashSet<string> s_methods = new(StringComparer.OrdinalIgnoreCase)
    {
        "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LABEL", "LINK", "LOCK",
        "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "OPTIONS", "ORDERPATCH", "PATCH", "POST",
        "PROPFIND", "PROPPATCH", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "TRACE", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK",
        "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL",
    };

    /// <summary>True for a non-empty run of tchar.</summary>
    internal static bool IsToken(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAscii(c) || !Octets.Token.Contains((byte)c))
            {
                return false;
            }
        }

        return !text.IsEmpty;
    }

    /// <summary>RFC 9110 §7.8: <c>protocol-name ["/" protocol-version]</c>, both tokens.</summary>
    internal static bool IsProtocol(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        return slash < 0 ? IsToken(text) : IsToken(text[..slash]) && IsToken(text[(slash + 1)..]);
    }

    /// <summary>True for a method in IANA's HTTP Method Registry. Methods are case-sensitive (RFC 9110 §9.1).</summary>
    internal static bool IsRegisteredMethod(string method) => s_methods.TryGetValue(method, out var registered) && registered == method;

    /// <summary>Why no request that a route can match has the method, as the second half of a sentence; null when one can.</summary>
    internal static string? WhyUnroutable(string method) =>
        method == "CONNECT" ? "the target of CONNECT is a host and a port, not a path (RFC 9110 §9.3.6)"
        : method == "*" ? "there is no method that stands for all others"
        : s_methods.TryGetValue(method, out var registered) && registered != method
            ? $"methods are case-sensitive, and this one is {registered} (RFC 9110 §9.1)"
        : null;
}
