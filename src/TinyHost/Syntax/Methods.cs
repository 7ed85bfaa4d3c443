// Owns: the methods that RFCs define (IANA's HTTP Method Registry), and which methods no route can have.
// Does not own: the methods a program defines for itself.

namespace TinyHost;

internal static class Methods
{
    // RFC 9110 §9.3, RFC 2068 §19.6.1, 3253, 3648, 3744, 4437, 4791, 4918, 5323, 5789 and 5842; and QUERY, which is to become one of them.
    private static readonly HashSet<string> s_defined = new(StringComparer.OrdinalIgnoreCase)
    {
        "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LABEL", "LINK", "LOCK", "MERGE",
        "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "OPTIONS", "ORDERPATCH", "PATCH", "POST", "PROPFIND", "PROPPATCH",
        "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "TRACE", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL",
    };

    /// <summary>True for a method of the registry; methods are case-sensitive (RFC 9110 §9.1).</summary>
    internal static bool IsDefined(string method) => s_defined.TryGetValue(method, out var defined) && defined == method;

    /// <summary>Why no request that a route can match has the method, as the second half of a sentence; null when one can.</summary>
    internal static string? WhyUnroutable(string method) =>
        method == "CONNECT" ? "the target of CONNECT is a host and a port, not a path (RFC 9110 §9.3.6)"
        : method == "*" ? "there is no method that stands for all others"
        : s_defined.TryGetValue(method, out var defined) && defined != method ? $"methods are case-sensitive, and this one is {defined} (RFC 9110 §9.1)"
        : null;
}
