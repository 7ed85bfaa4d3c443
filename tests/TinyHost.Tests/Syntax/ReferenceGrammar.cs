// Owns: the RFCs' ABNF for targets and hosts as regular expressions, rule by rule, for the reference reader. Shares no code with src/.

using System.Text.RegularExpressions;

namespace TinyHost.Tests.Syntax;

internal static class ReferenceGrammar
{
    // RFC 3986 appendix A, except that TinyHost rejects a comma in a reg-name.
    private const string Unreserved = @"[A-Za-z0-9\-._~]";
    private const string PctEncoded = "%[0-9A-Fa-f][0-9A-Fa-f]";
    private const string SubDelims = @"[!$&'()*+,;=]";
    private const string PChar = $"(?:{Unreserved}|{PctEncoded}|{SubDelims}|[:@])";
    private const string PathAbEmpty = $"(?:/{PChar}*)*";
    private const string AbsolutePath = $"(?:/{PChar}*)+";
    private const string Query = $"(?:{PChar}|[/?])*";

    private const string H16 = "[0-9A-Fa-f]{1,4}";
    private const string DecOctet = "(?:[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])";
    private const string Ipv4 = $@"{DecOctet}\.{DecOctet}\.{DecOctet}\.{DecOctet}";
    private const string Ls32 = $"(?:{H16}:{H16}|{Ipv4})";
    private const string Ipv6 =
        "(?:"
        + $"(?:{H16}:){{6}}{Ls32}"
        + $"|::(?:{H16}:){{5}}{Ls32}"
        + $"|(?:{H16})?::(?:{H16}:){{4}}{Ls32}"
        + $"|(?:(?:{H16}:){{0,1}}{H16})?::(?:{H16}:){{3}}{Ls32}"
        + $"|(?:(?:{H16}:){{0,2}}{H16})?::(?:{H16}:){{2}}{Ls32}"
        + $"|(?:(?:{H16}:){{0,3}}{H16})?::{H16}:{Ls32}"
        + $"|(?:(?:{H16}:){{0,4}}{H16})?::{Ls32}"
        + $"|(?:(?:{H16}:){{0,5}}{H16})?::{H16}"
        + $"|(?:(?:{H16}:){{0,6}}{H16})?::"
        + ")";

    private const string IpvFuture = $@"[vV][0-9A-Fa-f]+\.(?:{Unreserved}|{SubDelims}|:)+";
    private const string IpLiteral = $@"\[(?:{Ipv6}|{IpvFuture})\]";
    private const string RegName = $"(?:{Unreserved}|{PctEncoded}|[!$&'()*+;=])+";
    private const string UriHost = $"(?:{IpLiteral}|{Ipv4}|{RegName})";

    private static readonly Regex s_host = Whole($"{UriHost}(?::(?<port>[0-9]*))?");
    private static readonly Regex s_strictOrigin = Origin(AbsolutePath, Query);
    private static readonly Regex s_strictAbsolute = Absolute(PathAbEmpty, Query);

    // Accepted beyond the grammar: visible ASCII except #, and in a query percent signs that start no triplet.
    private const string LenientPChar = $"(?:{PctEncoded}|[!-\"$&-.0->@-~])";
    private const string LenientQuery = "[!-\"$-~]*";
    private static readonly Regex s_origin = Origin($"(?:/{LenientPChar}*)+", LenientQuery);
    private static readonly Regex s_absolute = Absolute($"(?:/{LenientPChar}*)*", LenientQuery);

    private static Regex Origin(string path, string query) => Whole($@"(?<path>{path})(?:\?(?<query>{query}))?");

    // RFC 9110 §7.4: without secured connections no https resource may be served.
    private static Regex Absolute(string path, string query) =>
        Whole($@"[hH][tT][tT][pP]://(?<authority>{UriHost}(?::(?<port>[0-9]*))?)(?<path>{path})(?:\?(?<query>{query}))?");

    private static readonly Regex s_authority = Whole($"(?<authority>{UriHost}:(?<port>[0-9]+))");

    internal static bool IsHost(string value) => s_host.Match(value) is { Success: true } match && IsPort(match.Groups["port"].Value);

    /// <summary>The parts of a target, or null if it is invalid or its method does not allow it.</summary>
    internal static (string Form, string Authority, string Path, string Query)? ReadTarget(string method, string target, bool isStrict)
    {
        var (form, match) = method == "CONNECT" ? ("Authority", s_authority.Match(target))
            : target.StartsWith('/') ? ("Origin", (isStrict ? s_strictOrigin : s_origin).Match(target))
            : ("Absolute", (isStrict ? s_strictAbsolute : s_absolute).Match(target));
        if (method != "CONNECT" && target == "*")
        {
            return method == "OPTIONS" ? ("Asterisk", "", "", "") : null;
        }

        return match.Success && IsPort(match.Groups["port"].Value) && !match.Groups["path"].Value.Contains("%00", StringComparison.Ordinal)
            ? (form, match.Groups["authority"].Value, match.Groups["path"].Value, match.Groups["query"].Value)
            : null;
    }

    internal static bool IsForbiddenTrailer(string name) => s_forbiddenTrailer.IsMatch(name);

    private static readonly Regex s_forbiddenTrailer = Whole(
        "(?i:connection|content-length|keep-alive|te|trailer|transfer-encoding|upgrade"
        + "|forwarded|x-forwarded-.*|host|max-forwards|via|x-real-ip"
        + "|authorization|proxy-.*|cookie|set-cookie|www-authenticate"
        + "|cache-control|expect|pragma|range|if-.*|accept.*"
        + "|content-(?:disposition|encoding|language|location|range|type))");

    private static bool IsPort(string digits)
    {
        var significant = digits.TrimStart('0');
        return significant.Length < 5 || (significant.Length == 5 && string.CompareOrdinal(significant, "65535") <= 0);
    }

    private static Regex Whole(string pattern) =>
        new($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);
}
