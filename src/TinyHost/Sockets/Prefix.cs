// Owns: the form of a prefix, scheme://host:port/path, and what it means to bind one.
// Does not own: the binding (Listener).

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost;

/// <summary>
/// What a server listens on, such as <c>http://+:8080/</c>. <paramref name="Host"/> is <c>+</c> or <c>*</c> (every address, IPv4 and
/// IPv6), <c>localhost</c> (both loopback addresses), or an IP address (IPv6 in brackets). <paramref name="Port"/> 0 means any free one.
/// <paramref name="Path"/> is a base path that begins and ends with <c>/</c>. No prefix looks at the Host field.
/// </summary>
public readonly record struct Prefix(string Scheme, string Host, int Port, string Path)
{
    /// <summary>Reads a prefix. Throws <see cref="FormatException"/> with a sentence that says what is wrong.</summary>
    public static Prefix Parse(string text) =>
        Read(text, out var prefix) is { } fault ? throw new FormatException(fault) : prefix;

    /// <summary>Reads a prefix; false when it is not one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Prefix prefix) => Read(text, out prefix) is null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{Host}:{Port}{Path}");

    /// <summary>True when it stands for every address.</summary>
    internal bool IsWildcard => Host is "+" or "*";

    /// <summary>The addresses to bind: none for a wildcard.</summary>
    internal IReadOnlyList<IPAddress> Addresses => Host switch
    {
        "+" or "*" => [],
        "localhost" => Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback],
        _ => [ReadIpv4(Host) ?? Plain(IPAddress.Parse(Host))],
    };

    // An IPv4 address in IPv6's form is that IPv4 address: no socket of IPv6 alone can be bound to it.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static string? Read(string? text, out Prefix prefix)
    {
        prefix = default;
        const string Form = "expected http://HOST:PORT/ with HOST one of +, *, localhost or an IP address";
        string Fault(string why) => $"not a prefix: '{text}': {why}.";

        if (string.IsNullOrWhiteSpace(text))
        {
            return Fault(Form);
        }

        var schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd < 0 || !text.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return Fault(schemeEnd < 0 ? Form : $"the scheme '{text[..schemeEnd]}' is not served, only http");
        }

        var rest = text.AsSpan(schemeEnd + 3);
        var pathStart = rest.IndexOf('/');
        if (pathStart < 0)
        {
            return Fault("a prefix ends in /");
        }

        var authority = rest[..pathStart];
        var path = rest[pathStart..].ToString();
        if (!path.EndsWith('/'))
        {
            return Fault("a prefix ends in /");
        }

        if (path.AsSpan().IndexOfAny("%\\ {}") >= 0 || TargetPath.WhyUnreachable(path) is not null)
        {
            return Fault("its path is not a plain one: no query, fragment, escapes, empty or dotted segments");
        }

        var colon = authority.LastIndexOf(':');
        var hostText = colon < 0 ? authority : authority[..colon];
        if (colon < 0 || authority is [.., ']'])
        {
            return Fault("the port is missing");
        }

        var portText = authority[(colon + 1)..];
        if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > IPEndPoint.MaxPort)
        {
            return Fault($"the port '{portText}' is not a number from 0 to 65535");
        }

        if (ReadHost(hostText) is not { } host)
        {
            return Fault($"the host '{hostText}' is not one of +, *, localhost or an IP address");
        }

        prefix = new Prefix("http", host, port, path);
        return null;
    }

    private static string? ReadHost(ReadOnlySpan<char> host)
    {
        if (host is "+" or "*")
        {
            return host.ToString();
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return "localhost";
        }

        if (host is ['[', .., ']'])
        {
            return IPAddress.TryParse(host[1..^1], out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : null;
        }

        return ReadIpv4(host) is null ? null : host.ToString();
    }

    // Not IPAddress' own way: it takes short and octal forms, too, which mean different addresses to different readers.
    private static IPAddress? ReadIpv4(ReadOnlySpan<char> host)
    {
        Span<byte> octets = stackalloc byte[MaxIpv4Length];
        Span<byte> address = stackalloc byte[4];
        return Encoding.ASCII.TryGetBytes(host, octets, out var count) && IpLiteral.TryReadIpv4(octets[..count], address) ? new IPAddress(address) : null;
    }

    private const int MaxIpv4Length = 15;
}
