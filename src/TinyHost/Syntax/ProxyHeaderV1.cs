// Owns: reading a PROXY header of version 1, one line of text (haproxy.org, proxy-protocol.txt §2.1).

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

internal static class ProxyHeaderV1
{
    // With its line end.
    private const int MaxLength = 107;

    internal static ReadOnlySpan<byte> Signature => "PROXY "u8;

    /// <summary>Reads a header that begins with as much of the signature as there is.</summary>
    internal static ProxyHeader Read(ReadOnlySpan<byte> octets)
    {
        var end = octets[..Math.Min(octets.Length, MaxLength)].IndexOf(Octets.LineFeed);
        if (end < 0)
        {
            return new(octets.Length < MaxLength ? ProxyHeaderStatus.Incomplete : ProxyHeaderStatus.TooLarge);
        }

        return octets[end - 1] == Octets.CarriageReturn
            ? ReadLine(octets[Signature.Length..(end - 1)], end + 1)
            : new(ProxyHeaderStatus.Malformed);
    }

    /// <param name="line">What follows the signature.</param>
    /// <param name="length">The length of the header.</param>
    private static ProxyHeader ReadLine(ReadOnlySpan<byte> line, int length)
    {
        if (line.SequenceEqual("UNKNOWN"u8) || line.StartsWith("UNKNOWN "u8))
        {
            // The rest of the line means nothing.
            return new(ProxyHeaderStatus.Complete, length);
        }

        return FamilyOf(TakePart(ref line)) is { } family
            && ReadAddress(TakePart(ref line), family) is { } client
            && ReadAddress(TakePart(ref line), family) is not null
            && ReadPort(TakePart(ref line)) is { } port
            && ReadPort(line) is not null
                ? ProxyHeader.Of(length, client, port)
                : new(ProxyHeaderStatus.Malformed);
    }

    /// <summary>The part before the first space, which is taken off with the space; all of the line if it has none.</summary>
    private static ReadOnlySpan<byte> TakePart(ref ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf(Octets.Space);
        var part = space < 0 ? line : line[..space];
        line = space < 0 ? [] : line[(space + 1)..];
        return part;
    }

    private static AddressFamily? FamilyOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("TCP4"u8) ? AddressFamily.InterNetwork
        : name.SequenceEqual("TCP6"u8) ? AddressFamily.InterNetworkV6
        : null;

    private static IPAddress? ReadAddress(ReadOnlySpan<byte> text, AddressFamily family)
    {
        Span<byte> octets = stackalloc byte[4];
        return family == AddressFamily.InterNetwork
            ? IpLiteral.TryReadIpv4(text, octets) ? new IPAddress(octets) : null
            : IpLiteral.IsValid(text) && IPAddress.TryParse(text, out var address) ? address : null;
    }

    /// <summary>0 to 65535 without leading zeros; null for anything else.</summary>
    private static int? ReadPort(ReadOnlySpan<byte> digits)
    {
        if (digits.Length is 0 or > 5 || (digits[0] == (byte)'0' && digits.Length > 1))
        {
            return null;
        }

        var port = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return null;
            }

            port = (port * 10) + (digit - '0');
        }

        return port <= IPEndPoint.MaxPort ? port : null;
    }
}
