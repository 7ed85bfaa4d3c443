// Owns: reading a prefix, scheme://host:port/path or scheme://unix:/socket:/path with or without a name, and what it stands for.

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TinyHost;

/// <summary>
/// What a server listens on (<see cref="ServerOptions.Prefixes"/>). Prefixes do not depend on the Host field. A class, because lists of a
/// structure of this assembly would have to be compiled during the start.
/// </summary>
internal sealed record Prefix(string Scheme, string Host, int Port, string Path)
{
    private const int MaxIpv4Length = 15;

    /// <summary>The name, from <c>name=http://…</c>; null without one. Names compare without regard to case.</summary>
    internal string? Name { get; init; }

    /// <summary>Whose port it is, for an error message, if the server added the prefix itself; null otherwise.</summary>
    internal string? AddedFor { get; init; }

    /// <summary>Whether a stage for monitoring answers every request.</summary>
    internal bool IsMonitoring { get; init; }

    /// <summary>The port by which stages know it, where it is served on another one; null if it is served on its own.</summary>
    internal int? StagePort { get; init; }

    /// <summary>What happens to each connection before HTTP, in order; null for nothing.</summary>
    internal ConnectionOpener[]? Openers { get; init; }

    /// <summary>Its own limits; null for those of the server alone.</summary>
    internal PrefixLimits? OwnLimits { get; init; }

    /// <summary>The Unix socket it stands for; null for addresses and a port. Then the port is 0.</summary>
    internal UnixSocket? Unix { get; init; }

    /// <summary>True if the prefix stands for every address.</summary>
    internal bool IsWildcard => Host is "+" or "*";

    /// <summary>The addresses to bind; none for a wildcard or a Unix socket.</summary>
    internal IReadOnlyList<IPAddress> Addresses => Host switch
    {
        "+" or "*" or UnixSocket.Scheme => [],
        "localhost" => Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback],
        _ => [ReadIpv4(Host) ?? Unmap(IPAddress.Parse(Host))],
    };

    /// <summary>What tells a prefix with port 0 from others, in this process and the next.</summary>
    internal string Key => Name ?? ToString();

    internal bool IsEveryAddress => IsWildcard || Host == "[::]";

    /// <summary>Throws <see cref="FormatException"/> whose message is one sentence.</summary>
    internal static Prefix Parse(string text) =>
        Read(text, out var prefix) is { } fault ? throw new FormatException(fault) : prefix!;

    /// <summary>
    /// Whether a text can be the name of a prefix. One made of digits alone would be the index of an array in a configuration.
    /// </summary>
    internal static bool IsName(string text) =>
        text.Length > 0
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        && !text.Contains("__", StringComparison.Ordinal)
        && !text.All(char.IsAsciiDigit);

    /// <summary>Whether both stand for the same addresses, port and path. Each port 0 is another port.</summary>
    internal bool IsSameAs(Prefix other) =>
        SharesPort(other) && Path == other.Path && (Host == other.Host || (IsEveryAddress && other.IsEveryAddress));

    /// <summary>Whether both have the same port, or the same Unix socket.</summary>
    internal bool SharesPort(Prefix other) =>
        Unix is null ? Port == other.Port && Port != 0 : Unix.Path == other.Unix?.Path;

    /// <summary>Whether connections to both open alike, so that the prefixes can share a socket.</summary>
    internal bool OpensLike(Prefix other)
    {
        if (Openers?.Length != other.Openers?.Length)
        {
            return false;
        }

        for (var i = 0; i < Openers?.Length; i++)
        {
            if (!Openers[i].IsSameAs(other.Openers![i]))
            {
                return false;
            }
        }

        return true;
    }

    public override string ToString() => Unix is null
        ? string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{Host}:{Port}{Path}")
        : $"{Scheme}://{Host}{Unix.Path}{(Path == "/" ? "" : ":" + Path.TrimEnd('/'))}";

    // A socket for IPv6 alone cannot be bound to a mapped IPv4 address.
    private static IPAddress Unmap(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    // The fault, or null and the prefix.
    private static string? Read(string? text, out Prefix? prefix)
    {
        prefix = null;
        var written = text;
        const string Form = "expected http://HOST:PORT/ or https://HOST:PORT/ with HOST one of +, *, localhost or an IP address";
        string Fault(string why) => $"not a prefix: '{written}': {why}.";

        if (string.IsNullOrWhiteSpace(text))
        {
            return Fault(Form);
        }

        string? name = null;
        if (text.IndexOf('=') is var equals and >= 0 && !text.AsSpan(0, equals).Contains(':'))
        {
            (name, text) = (text[..equals].Trim(), text[(equals + 1)..].Trim());
            if (!IsName(name))
            {
                return Fault("a name consists of ASCII letters, digits, '-' and single '_', and is not a number");
            }
        }

        var schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? "http"
            : text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? "https"
            : null;
        if (scheme is null)
        {
            return Fault(schemeEnd < 0 ? Form : $"the scheme '{text[..schemeEnd]}' is not served, only http and https");
        }

        const string Unplain = "its path is not a plain one: no query, fragment, escapes, empty or dotted segments";
        var rest = text.AsSpan(schemeEnd + 3);
        if (rest.StartsWith(UnixSocket.Scheme, StringComparison.OrdinalIgnoreCase))
        {
            if (UnixSocket.Read(rest[UnixSocket.Scheme.Length..], out var socket, out var basePath) is { } fault)
            {
                return Fault(fault);
            }

            prefix = new Prefix(scheme, UnixSocket.Scheme, 0, basePath) { Name = name, Unix = socket };
            return IsPlain(basePath) ? null : Fault(Unplain);
        }

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

        if (!IsPlain(path))
        {
            return Fault(Unplain);
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

        prefix = new Prefix(scheme, host, port, path) { Name = name };
        return null;
    }

    private static bool IsPlain(string path) =>
        path.AsSpan().IndexOfAny("%\\ {}") < 0 && TargetPath.WhyUnreachable(path) is null;

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
            return IPAddress.TryParse(host[1..^1], out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
                ? $"[{address}]"
                : null;
        }

        return ReadIpv4(host) is null ? null : host.ToString();
    }

    // IPAddress.Parse also accepts short and octal forms, which different readers take for different addresses.
    private static IPAddress? ReadIpv4(ReadOnlySpan<char> host)
    {
        Span<byte> octets = stackalloc byte[MaxIpv4Length];
        Span<byte> address = stackalloc byte[4];
        return Encoding.ASCII.TryGetBytes(host, octets, out var count) && IpLiteral.TryReadIpv4(octets[..count], address)
            ? new IPAddress(address)
            : null;
    }
}
