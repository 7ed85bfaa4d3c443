// Owns: reading what proxies wrote about their clients: Forwarded (RFC 7239 §4) and the X-Forwarded fields.

using System.Globalization;
using System.Net;
using System.Text;

namespace TinyHost;

/// <summary>What one proxy says of the side it got the request from; null for what it does not say or what cannot be read.</summary>
internal readonly record struct ForwardedHop(IPEndPoint? For, string? Scheme, string? Host)
{
    /// <summary>Whether proxies wrote anything. Costs a request that comes from none no memory.</summary>
    internal static bool AreAnyIn(RequestFields fields, ForwardedFields kind) => kind == ForwardedFields.Forwarded
        ? fields.Contains("Forwarded")
        : fields.Contains("X-Forwarded-For") || fields.Contains("X-Forwarded-Proto") || fields.Contains("X-Forwarded-Host");

    /// <summary>
    /// The hops of a request, that of the nearest proxy first, each read when it is asked for: what stands before it in a field may be a
    /// client's forgery, and changes nothing about it.
    /// </summary>
    internal static IEnumerable<ForwardedHop> FromNearest(RequestFields fields, ForwardedFields kind) =>
        kind == ForwardedFields.Forwarded ? ReadForwarded(fields["Forwarded"]) : ReadXForwarded(fields);

    private static IEnumerable<ForwardedHop> ReadForwarded(string? field)
    {
        foreach (var element in FromEnd(field, ',', hasQuotes: true))
        {
            var hop = default(ForwardedHop);
            foreach (var pair in FromEnd(element, ';', hasQuotes: true))
            {
                var equals = pair.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0)
                {
                    continue;
                }

                var value = Unquote(pair[(equals + 1)..].Trim());
                hop = pair[..equals].Trim().ToUpperInvariant() switch
                {
                    "FOR" => hop with { For = Node(value) },
                    "PROTO" => hop with { Scheme = KnownScheme(value) },
                    "HOST" => hop with { Host = ValidHost(value) },
                    _ => hop,
                };
            }

            yield return hop;
        }
    }

    // Proxies append to the first field. The others have as many items, or one of the outermost proxy. They have no quoted strings.
    private static IEnumerable<ForwardedHop> ReadXForwarded(RequestFields fields)
    {
        using var nodes = FromEnd(fields["X-Forwarded-For"], ',', hasQuotes: false).GetEnumerator();
        using var schemes = FromEnd(fields["X-Forwarded-Proto"], ',', hasQuotes: false).GetEnumerator();
        using var hosts = FromEnd(fields["X-Forwarded-Host"], ',', hasQuotes: false).GetEnumerator();
        string? scheme = null;
        string? host = null;
        while (true)
        {
            var (hasNode, hasScheme, hasHost) = (nodes.MoveNext(), schemes.MoveNext(), hosts.MoveNext());
            if (!hasNode && !hasScheme && !hasHost)
            {
                yield break;
            }

            scheme = hasScheme ? schemes.Current : scheme;
            host = hasHost ? hosts.Current : host;
            yield return new ForwardedHop(hasNode ? Node(nodes.Current) : null, KnownScheme(scheme), ValidHost(host));
        }
    }

    // RFC 7239 §6: an address with a port perhaps; "unknown" and obfuscated names tell nothing.
    private static IPEndPoint? Node(string text)
    {
        var (address, port) = text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var end
                ? (text[1..end], text[(end + 1)..])
            : text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon && colon == text.LastIndexOf(':')
                ? (text[..colon], text[colon..])
            : (text, "");
        return PortNumber(port) is { } number && IpLiteral.Parse(address) is { } known
            ? new IPEndPoint(known.IsIPv4MappedToIPv6 ? known.MapToIPv4() : known, number)
            : null;
    }

    // 0 without a port, null for a malformed one.
    private static int? PortNumber(string text) =>
        text.Length == 0 ? 0
        : text[0] == ':' && ushort.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;

    private static string? KnownScheme(string? text) =>
        "http".Equals(text, StringComparison.OrdinalIgnoreCase) ? "http"
        : "https".Equals(text, StringComparison.OrdinalIgnoreCase) ? "https"
        : null;

    private static string? ValidHost(string? text) =>
        text is not null && Authority.IsHostWithOptionalPort(Encoding.UTF8.GetBytes(text)) ? text : null;

    // Read from the end: a quote that a client left open would swallow what the proxies appended. Separators in quoted strings do not
    // count, nor do empty members (RFC 9110 §5.6.1).
    private static IEnumerable<string> FromEnd(string? list, char separator, bool hasQuotes)
    {
        list ??= "";
        var end = list.Length;
        var isQuoted = false;
        for (var i = end - 1; i >= -1; i--)
        {
            if (i < 0 || (list[i] == separator && !isQuoted))
            {
                var member = list[(i + 1)..end].Trim();
                end = i;
                if (member.Length > 0)
                {
                    yield return member;
                }
            }
            else if (hasQuotes && list[i] == '"')
            {
                isQuoted = !isQuoted || IsEscaped(list, i);
            }
        }
    }

    private static bool IsEscaped(string text, int index)
    {
        var first = index;
        while (first > 0 && text[first - 1] == '\\')
        {
            first--;
        }

        return (index - first) % 2 != 0;
    }

    private static string Unquote(string value)
    {
        if (value.Length < 2 || value[0] != '"' || value[^1] != '"')
        {
            return value;
        }

        var text = new StringBuilder();
        for (var i = 1; i < value.Length - 1; i++)
        {
            i += value[i] == '\\' && i < value.Length - 2 ? 1 : 0;
            text.Append(value[i]);
        }

        return text.ToString();
    }
}
