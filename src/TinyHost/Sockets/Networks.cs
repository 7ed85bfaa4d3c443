// Owns: a list of networks in CIDR notation (RFC 4632), perhaps with the peers of Unix sockets, and whether one of them has a peer.

using System.Globalization;
using System.Net;

namespace TinyHost;

internal sealed class Networks
{
    /// <summary>How a network is written: the end of a sentence.</summary>
    internal const string Form = "written as 10.0.0.0/8 or 2001:db8::/32, as an address alone, or as unix for peers of Unix sockets";

    // Nothing else stands for these peers, such as 0.0.0.0/0: their end points have no address.
    private const string Unix = "unix";

    // ::ffff:0:0/96, RFC 4291 §2.5.5.2.
    private const int MappedPrefix = 96;

    private readonly string[] _texts;
    private readonly IPNetwork[] _networks;
    private readonly bool _hasUnix;

    /// <summary>
    /// The networks written as <c>10.0.0.0/8</c>, <c>2001:db8::/32</c>, an address alone, without a zone, or <c>unix</c>. Throws
    /// <see cref="ArgumentException"/> for anything else, and for none at all.
    /// </summary>
    internal Networks(string[] texts, string parameter)
    {
        ArgumentNullException.ThrowIfNull(texts, parameter);
        if (texts.Length == 0)
        {
            throw new ArgumentException("Not a single network is given: name at least one, such as 10.0.0.0/8.", parameter);
        }

        _texts = texts;
        _hasUnix = Array.Exists(texts, IsUnix);
        _networks = Array.ConvertAll(Array.FindAll(texts, static text => !IsUnix(text)), text => Parse(text) ?? throw new ArgumentException(
            $"Not a network: '{text}'; a network is {Form}.", parameter));
    }

    internal static bool IsNetwork(string? text) => IsUnix(text) || Parse(text) is not null;

    internal bool IsSameAs(Networks other) => _texts.AsSpan().SequenceEqual(other._texts);

    internal bool Contain(IPEndPoint peer)
    {
        if (peer is UnixEndPoint)
        {
            return _hasUnix;
        }

        var address = peer.Address;
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (var network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsUnix(string? text) => text?.Trim() == Unix;

    // IPNetwork.Parse reads 010.0.0.0/8 as 8.0.0.0/8 and 10/8 as 0.0.0.0/8.
    private static IPNetwork? Parse(string? text)
    {
        text = text?.Trim() ?? "";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (IpLiteral.Parse(slash < 0 ? text : text[..slash]) is not { } address)
        {
            return null;
        }

        var size = address.GetAddressBytes().Length * 8;
        var length = size;
        if (slash >= 0 && !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length))
        {
            return null;
        }

        if (length > size)
        {
            return null;
        }

        // Addresses are compared as IPv4 if they are.
        return address.IsIPv4MappedToIPv6 && length >= MappedPrefix
            ? new IPNetwork(address.MapToIPv4(), length - MappedPrefix)
            : new IPNetwork(address, length);
    }
}
