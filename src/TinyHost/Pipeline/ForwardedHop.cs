// Owns: reading what proxies wrote about their clients: Forwarded (RFC 7239 §4) and the X-Forwarded fields.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost;

/// <summary>What one proxy says of the side it got the request from; null for what it does not say or what cannot be read.</summary>
internal readonly record struct ForwardedHop(IPEndPoint? For, string? Scheme, string? Host)
{
    /// <summary>The hops of a request, that of the nearest proxy last.</summary>
    internal static List<ForwardedHop> Read(RequestFields fields, ForwardedFields kind) =>
        kind == ForwardedFields.Forwarded ? ReadForwarded(fields["Forwarded"]) : ReadXForwarded(fields);

    private static List<ForwardedHop> ReadForwarded(string? field)
    {
        List<ForwardedHop> hops = [];
        foreach (var element in Split(field, ','))
        {
            var hop = default(ForwardedHop);
            foreach (var pair in Split(element, ';'))
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

            hops.Add(hop);
        }

        return hops;
    }

    // Proxies append to the first field. The others have as many items, or one of the outermost proxy.
    private static List<ForwardedHop> ReadXForwarded(RequestFields fields)
    {
        var nodes = Split(fields["X-Forwarded-For"], ',');
        var schemes = Split(fields["X-Forwarded-Proto"], ',');
        var hosts = Split(fields["X-Forwarded-Host"], ',');
        var count = Math.Max(nodes.Count, Math.Max(schemes.Count, hosts.Count));
        List<ForwardedHop> hops = [];
        for (var fromEnd = count; fromEnd > 0; fromEnd--)
        {
            hops.Add(new ForwardedHop(
                fromEnd <= nodes.Count ? Node(nodes[^fromEnd]) : null,
                KnownScheme(At(schemes, fromEnd)),
                ValidHost(At(hosts, fromEnd))));
        }

        return hops;

        static string? At(List<string> items, int fromEnd) => items.Count == 0 ? null : items[^Math.Min(fromEnd, items.Count)];
    }

    // RFC 7239 §6: an address with a port perhaps; "unknown" and obfuscated names tell nothing.
    private static IPEndPoint? Node(string text)
    {
        var (address, port) = text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var end
                ? (text[1..end], text[(end + 1)..])
            : text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon && colon == text.LastIndexOf(':')
                ? (text[..colon], text[colon..])
            : (text, "");
        var number = 0;
        if (port.Length > 0 && !(port[0] == ':'
            && ushort.TryParse(port.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var read)
            && (number = read) == read))
        {
            return null;
        }

        return Address(address) is { } known ? new IPEndPoint(known, number) : null;
    }

    // IPAddress also reads short and octal forms of IPv4, which other readers take for other addresses.
    private static IPAddress? Address(string text)
    {
        Span<byte> ipv4 = stackalloc byte[4];
        if (IpLiteral.TryReadIpv4(Encoding.UTF8.GetBytes(text), ipv4))
        {
            return new IPAddress(ipv4);
        }

        return text.Contains(':', StringComparison.Ordinal)
            && !text.Contains('%', StringComparison.Ordinal)
            && IPAddress.TryParse(text, out var address)
            && address.AddressFamily == AddressFamily.InterNetworkV6
                ? address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address
                : null;
    }

    private static string? KnownScheme(string? text) => text?.ToUpperInvariant() switch
    {
        "HTTP" => "http",
        "HTTPS" => "https",
        _ => null,
    };

    private static string? ValidHost(string? text) =>
        text is not null && Authority.IsHostWithOptionalPort(Encoding.UTF8.GetBytes(text)) ? text : null;

    // Separators in quoted strings do not count.
    private static List<string> Split(string? text, char separator)
    {
        List<string> parts = [];
        var start = 0;
        var isQuoted = false;
        for (var i = 0; i <= (text?.Length ?? -1); i++)
        {
            if (i == text!.Length || (text[i] == separator && !isQuoted))
            {
                parts.Add(text[start..i].Trim());
                start = i + 1;
            }
            else if (text[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (text[i] == '\\' && isQuoted)
            {
                i++;
            }
        }

        // RFC 9110 §5.6.1: empty members do not count.
        parts.RemoveAll(part => part.Length == 0);
        return parts;
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
