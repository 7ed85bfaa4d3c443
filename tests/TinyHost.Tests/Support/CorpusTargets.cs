// Owns: cases on request targets, RFC 9112 §3.2 over RFC 3986: the four forms, their octets, percent-encoding.

using static TinyHost.Tests.Support.CorpusCase;

namespace TinyHost.Tests.Support;

internal static class CorpusTargets
{
    private const string Origin = "RFC 9112 §3.2.1";
    private const string Absolute = "RFC 9112 §3.2.2";
    private const string AuthorityForm = "RFC 9112 §3.2.3";
    private const string Secured = "RFC 9110 §7.4";
    private const string Asterisk = "RFC 9112 §3.2.4";
    private const string Characters = "RFC 3986 appendix A";
    private const string Triplets = "RFC 3986 §2.1";

    internal static readonly CorpusCase[] Cases =
    [
        Ok("A path of several segments", Origin, "/a/b/c", path: "/a/b/c", query: ""),
        Ok("A path that ends in a slash", Origin, "/a/b/", path: "/a/b/"),
        Ok("A path that begins with two slashes", Origin, "//a/b", path: "//a/b"),
        Ok("An empty segment", Origin, "/a//b", path: "/a//b"),
        Ok("Dot segments arrive as they are", Origin, "/a/./../b", path: "/a/./../b"),
        Ok("A path with a query", Origin, "/a?b=c", path: "/a", query: "b=c"),
        Ok("A query that is empty", Origin, "/a?", path: "/a", query: ""),
        Ok("A query with question marks and slashes", Origin, "/a?b?c/d?", path: "/a", query: "b?c/d?"),
        Ok("A root with a query", Origin, "/?a&b", path: "/", query: "a&b"),
        Ok("A query that contains a URL", Origin, "/r?u=http://b:80/c?d", path: "/r", query: "u=http://b:80/c?d"),
        Ok("Every unreserved octet in a path", Characters, "/azAZ09-._~"),
        Ok("Every sub-delim in a path", Characters, "/!$&'()*+,;="),
        Ok("Colon and at sign in a path", Characters, "/a:b@c"),
        Ok("Every octet of a query", Characters, "/?azAZ09-._~!$&'()*+,;=:@/?"),
        Ok("An asterisk as a path", Origin, "/*", path: "/*"),
        Ok("Triplets in either case", Triplets, "/%2f%2F%e2%82%AC"),
        Ok("A triplet of a space", Triplets, "/a%20b"),
        Ok("A triplet of an octet that needs no encoding", Triplets, "/%41"),
        Ok("A triplet of a percent sign", Triplets, "/100%25"),
        Ok("Triplets that are not UTF-8", Triplets, "/%FF%C0%AF"),
        Ok("A triplet of a line end", Triplets, "/a%0d%0aX:%20y"),
        Ok("Triplets in a query", Triplets, "/?q=%22%3C%3E%7C"),
        Ok("A triplet of NUL in a query", Triplets, "/?q=%00"),

        Ok("An absolute form", Absolute, "http://b/c?d", path: "/c", query: "d", host: "b"),
        Ok("An absolute form with a port", Absolute, "http://b:8080/", path: "/", host: "b:8080"),
        Ok("An absolute form with an empty port", "RFC 3986 §3.2.3", "http://b:/", path: "/", host: "b:"),
        Ok("An absolute form without a path", Absolute, "http://b", path: "", query: "", host: "b"),
        Ok("An absolute form without a path but a query", Absolute, "http://b?c/d", path: "", query: "c/d", host: "b"),
        Ok("An absolute form with its scheme in upper case", "RFC 3986 §3.1", "HTTP://b/", path: "/", host: "b"),
        Ok("An absolute form with its scheme in mixed case", "RFC 3986 §3.1", "hTtP://b/", path: "/", host: "b"),
        Ok("An absolute form with an IPv4 address", Absolute, "http://127.0.0.1/", host: "127.0.0.1"),
        Ok("An absolute form with an IPv6 address", Absolute, "http://[::1]/", path: "/", host: "[::1]"),
        Ok("An absolute form with an IPv6 address and a port", Absolute, "http://[2001:db8::7]:80/a", path: "/a", host: "[2001:db8::7]:80"),
        Ok("An absolute form with a triplet in its host", "RFC 3986 §3.2.2", "http://b%C3%A9/", host: "b%C3%A9"),
        Ok("An absolute form with a path of two slashes", Absolute, "http://b//c", path: "//c", host: "b"),

        Accept(
            "OPTIONS with the asterisk",
            Asterisk,
            Line("OPTIONS * HTTP/1.1"),
            new CorpusRequest("OPTIONS", "*") { Path = "", Query = "", Host = "a" }),
        Accept(
            "OPTIONS with an absolute form without a path",
            Asterisk,
            Line("OPTIONS http://b HTTP/1.1"),
            new CorpusRequest("OPTIONS", "http://b") { Path = "", Host = "b" }),
        Accept(
            "OPTIONS with an absolute form of a root",
            Asterisk,
            Line("OPTIONS http://b/ HTTP/1.1"),
            new CorpusRequest("OPTIONS", "http://b/") { Path = "/", Host = "b" }),
        Accept(
            "OPTIONS with an absolute form and a query without a path",
            Asterisk,
            Line("OPTIONS http://b?c HTTP/1.1"),
            new CorpusRequest("OPTIONS", "http://b?c") { Path = "", Query = "c", Host = "b" }),
        Accept(
            "OPTIONS with an absolute form and an empty query without a path",
            Asterisk,
            Line("OPTIONS http://b? HTTP/1.1"),
            new CorpusRequest("OPTIONS", "http://b?") { Path = "", Query = "", Host = "b" }),
        Accept("CONNECT with host and port", AuthorityForm, Line("CONNECT b:443 HTTP/1.1"), Connect("b:443")),
        Accept("CONNECT with an IPv4 address", AuthorityForm, Line("CONNECT 127.0.0.1:80 HTTP/1.1"), Connect("127.0.0.1:80")),
        Accept("CONNECT with an IPv6 address", AuthorityForm, Line("CONNECT [::1]:443 HTTP/1.1"), Connect("[::1]:443")),
        Accept(
            "Content declared by CONNECT is ignored",
            "RFC 9110 §9.3.6",
            "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\nContent-Length: 5\r\n\r\nhello",
            Connect("b:443")),
        Accept(
            "Nothing after a CONNECT is read as a request",
            "RFC 9110 §9.3.6",
            Line("CONNECT b:443 HTTP/1.1") + Line("GET / HTTP/1.1"),
            Connect("b:443")),

        Tolerated("A quote in a path", Characters, "/a\"b"),
        Tolerated("A less-than sign in a path", Characters, "/a<b"),
        Tolerated("A greater-than sign in a path", Characters, "/a>b"),
        Tolerated("A backslash in a path", Characters, "/a\\b"),
        Tolerated("A circumflex in a path", Characters, "/a^b"),
        Tolerated("A backtick in a path", Characters, "/a`b"),
        Tolerated("An opening brace in a path", Characters, "/a{b"),
        Tolerated("A bar in a path", Characters, "/a|b"),
        Tolerated("A closing brace in a path", Characters, "/a}b"),
        Tolerated("An opening bracket in a path", Characters, "/a[b"),
        Tolerated("A closing bracket in a path", Characters, "/a]b"),
        Tolerated("A quote in a query", Characters, "/?a\"b"),
        Tolerated("Angle brackets in a query", Characters, "/?<script>"),
        Tolerated("A backslash in a query", Characters, "/?a\\b"),
        Tolerated("Brackets in a query", Characters, "/?a[]=1"),
        Tolerated("A bar in a query", Characters, "/?a|b"),
        Tolerated("A percent sign at the end of a query", Triplets, "/?a%"),
        Tolerated("A bad triplet in a query", Triplets, "/?a=%zz&b"),
        Tolerated("An absolute form with brackets in its path", Absolute, "http://b/[c]"),
        Tolerated("A circumflex in a query", Characters, "/?a^b"),
        Tolerated("A backtick in a query", Characters, "/?a`b"),
        Tolerated("Braces in a query", Characters, "/?filter={a}"),
        Tolerated("Braces that look like a template's", Characters, "/users/{id}"),
        Tolerated("Every visible octet that the grammar has no place for", Characters, "/\"<>[\\]^`{|}?\"<>[\\]^`{|}%"),
        Tolerated("A percent sign before an ampersand", Triplets, "/?q=100%&r=1"),
        Tolerated("Percent signs alone in a query", Triplets, "/?%%%"),
        Tolerated("A triplet cut short in a query", Triplets, "/?a=%4"),
        Tolerated("A triplet in JavaScript's notation in a query", Triplets, "/?a=%u0041"),
        Tolerated("An absolute form with braces in its query", Absolute, "http://b?{c}"),
        Tolerated("An absolute form with a percent sign in its query", Absolute, "http://b/?c%"),

        Bad("A fragment", Origin, "/a#b"),
        Bad("A fragment after a percent sign", Origin, "/?a%#b"),
        Bad("An empty fragment", Origin, "/a#"),
        Bad("A fragment after a query", Origin, "/a?b#c"),
        Bad("A NUL in a path", Characters, "/a\0b"),
        Bad("A control octet in a path", Characters, "/a\u0001b"),
        Bad("An escape octet in a path", Characters, "/\u001B[2J"),
        Bad("A DEL in a path", Characters, "/a\u007Fb"),
        Bad("Raw UTF-8 in a path", Characters, "/\u00C3\u00A9"),
        Bad("Raw overlong UTF-8 in a path", Characters, "/\u00C0\u00AF"),
        Bad("Raw UTF-8 in a query", Characters, "/?\u00E2\u0082\u00AC"),
        Bad("An octet of 255 in a path", Characters, "/\u00FF"),
        Bad("A NUL in a query", Characters, "/?a\0b"),
        Bad("A control octet in a query", Characters, "/?a\u0001b"),
        Bad("A DEL in a query", Characters, "/?a\u007Fb"),
        Bad("An octet of 255 in a query", Characters, "/?\u00FF"),
        Bad("A backslash before a path", Origin, "\\a"),
        Bad("A brace before a path", Origin, "{a}"),
        Bad("An absolute form with a backslash for its path", Absolute, "http://b\\c"),
        Bad("An absolute form with backslashes for its slashes", Absolute, "http:\\\\b/"),
        Bad("An absolute form with a bar in its host", Absolute, "http://b|c/"),
        Bad("An absolute form with braces in its host", Absolute, "http://{b}/"),
        Bad("An absolute form with a backtick in its host", Absolute, "http://`b`/"),
        Bad("A percent sign at the end of a path", Triplets, "/a%"),
        Bad("A triplet cut short", Triplets, "/a%4"),
        Bad("A triplet cut short by a slash", Triplets, "/a%4/b"),
        Bad("A triplet cut short by the query", Triplets, "/a%4?b"),
        Bad("A triplet whose first digit is invalid", Triplets, "/a%g1"),
        Bad("A triplet whose second digit is invalid", Triplets, "/a%1g"),
        Bad("A percent sign before a triplet", Triplets, "/%%41"),
        Bad("A bad triplet after a good one", Triplets, "/%41%zz"),
        Bad("A triplet in JavaScript's notation", Triplets, "/%u0041"),
        Bad("A triplet of NUL in a path", "RFC 3986 §7.3", "/a%00b"),
        Bad("A relative path", Origin, "a/b"),
        Bad("A query alone", Origin, "?a"),
        Bad("A dot alone", Origin, "."),
        Bad("A scheme alone", Absolute, "http:"),
        Bad("An absolute form with one slash", Absolute, "http:/b"),
        Bad("An absolute form without slashes", Absolute, "http:b"),
        Bad("An absolute form with an empty host", "RFC 9110 §4.2.1", "http:///a"),
        Bad("An absolute form with nothing after its slashes", "RFC 9110 §4.2.1", "http://"),
        Bad("An absolute form with a port but no host", "RFC 9110 §4.2.1", "http://:80/"),
        Bad("An absolute form with a query but no host", "RFC 9110 §4.2.1", "http://?a"),
        Bad("An absolute form with user information", "RFC 9110 §4.2.4", "http://u@b/"),
        Bad("An absolute form with a password", "RFC 9110 §4.2.4", "http://u:p@b/"),
        Bad("An absolute form with a port that is not a number", Absolute, "http://b:http/"),
        Bad("An absolute form with a port over 65535", Absolute, "http://b:65536/"),
        Bad("An absolute form with two ports", Absolute, "http://b:80:80/"),
        Bad("An absolute form with an open bracket", Absolute, "http://[::1/"),
        Bad("An absolute form with octets after its bracket", Absolute, "http://[::1]b/"),
        Bad("An absolute form with a bad triplet in its host", Absolute, "http://b%/"),
        Bad("An absolute form with a bad triplet in its path", Absolute, "http://b/%2"),
        Bad("An absolute form with a fragment", Absolute, "http://b/#c"),
        Bad("An absolute form with a comma list of hosts", Absolute, "http://b,c/"),
        Bad("An absolute form of ftp", Absolute, "ftp://b/"),
        Bad("An absolute form of ws", Absolute, "ws://b/"),
        Bad("An absolute form of file", Absolute, "file:///etc/passwd"),
        Bad("An absolute form of javascript", Absolute, "javascript:alert(1)"),
        Bad("A scheme with a letter missing", Absolute, "htp://b/"),
        Bad("A scheme that is empty", Absolute, "://b/"),
        Misdirected("GET", "An absolute form of https", "https://b/c"),
        Misdirected("GET", "An absolute form of https for the authority of Host", "https://a/c?d"),
        Misdirected("GET", "An absolute form of https with a port", "https://a:443/"),
        Misdirected("GET", "An absolute form of https without a path", "https://a"),
        Misdirected("GET", "An absolute form of https in mixed case", "hTtPs://a/"),
        Misdirected("HEAD", "HEAD with an absolute form of https", "https://a/"),
        Misdirected("POST", "POST with an absolute form of https", "https://a/"),
        Misdirected("OPTIONS", "OPTIONS with an absolute form of https", "https://a"),
        Misdirected("BREW", "An unknown method with an absolute form of https", "https://a/"),
        Reject("An absolute form of https on HTTP/1.0", Secured, "GET https://a/ HTTP/1.0\r\n\r\n", RejectReason.MisdirectedRequest),
        Reject(
            "Nothing after an absolute form of https is read as a request",
            Secured,
            Line("GET https://a/ HTTP/1.1") + Line("GET / HTTP/1.1"),
            RejectReason.MisdirectedRequest),
        Bad("An absolute form of https without a host", "RFC 9110 §4.2.2", "https:///a"),
        Bad("An absolute form of https with a bad triplet", Absolute, "https://b/%2"),
        Bad("An absolute form of https with user information", "RFC 9110 §4.2.4", "https://u@b/"),
        Bad("The asterisk with GET", Asterisk, "*"),
        Bad("An authority form with GET", AuthorityForm, "b:80"),

        BadFor("OPTIONS", "The asterisk twice", Asterisk, "**"),
        BadFor("OPTIONS", "The asterisk with a query", Asterisk, "*?a"),
        BadFor("OPTIONS", "The asterisk with a path", Asterisk, "*/a"),
        BadFor("options", "The asterisk with a method that is not OPTIONS", Asterisk, "*"),
        BadFor("HEAD", "The asterisk with HEAD", Asterisk, "*"),
        BadFor("CONNECT", "CONNECT with a path", AuthorityForm, "/"),
        BadFor("CONNECT", "CONNECT with an absolute form", AuthorityForm, "http://b:80/"),
        BadFor("CONNECT", "CONNECT with an absolute form of https", AuthorityForm, "https://b:443/"),
        BadFor("CONNECT", "CONNECT with the asterisk", AuthorityForm, "*"),
        BadFor("CONNECT", "CONNECT without a port", AuthorityForm, "b"),
        BadFor("CONNECT", "CONNECT with an empty port", "RFC 9110 §9.3.6", "b:"),
        BadFor("CONNECT", "CONNECT without a host", AuthorityForm, ":80"),
        BadFor("CONNECT", "CONNECT with a port over 65535", "RFC 9110 §9.3.6", "b:65536"),
        BadFor("CONNECT", "CONNECT with a path after its port", AuthorityForm, "b:80/"),
        BadFor("CONNECT", "CONNECT with braces in its host", AuthorityForm, "{b}:80"),
        BadFor("CONNECT", "CONNECT with a backslash in its host", AuthorityForm, "b\\c:80"),
        BadFor("CONNECT", "CONNECT with user information", AuthorityForm, "u@b:80"),
        BadFor("CONNECT", "CONNECT with an IPv6 address without brackets", AuthorityForm, "::1:80"),
    ];

    private static CorpusRequest Connect(string target) =>
        new("CONNECT", target) { Persistent = false, Host = target, Path = "", Query = "" };

    private static CorpusCase Ok(
        string name, string section, string target, string? path = null, string? query = null, string? host = null) =>
        Accept(name, section, Line($"GET {target} HTTP/1.1"), Get(target) with { Path = path, Query = query, Host = host ?? "a" });

    /// <summary>Accepted as clients send it, and refused under <c>StrictTargets</c>.</summary>
    private static CorpusCase Tolerated(string name, string section, string target)
    {
        var rest = target.StartsWith("http://b", StringComparison.Ordinal) ? target["http://b".Length..] : target;
        var parts = rest.Split('?', 2);
        var host = rest == target ? "a" : "b";
        return Ok(name, section, target, parts[0], parts.ElementAtOrDefault(1) ?? "", host) with { IsRefusedStrictly = true };
    }

    private static CorpusCase Misdirected(string method, string name, string target) =>
        Reject(name, Secured, Line($"{method} {target} HTTP/1.1"), RejectReason.MisdirectedRequest);

    private static CorpusCase Bad(string name, string section, string target) => BadFor("GET", name, section, target);

    private static CorpusCase BadFor(string method, string name, string section, string target) =>
        Reject(name, section, Line($"{method} {target} HTTP/1.1"), RejectReason.InvalidRequestTarget);
}
