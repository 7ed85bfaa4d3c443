// Owns: a list of networks in CIDR notation (RFC 4632), and whether one of them has an address.

using System.Net;

namespace TinyHost;

internal sealed class Networks
{
    private readonly IPNetwork[] _networks;

    /// <summary>
    /// The networks written as <c>10.0.0.0/8</c>, <c>2001:db8::/32</c>, or an address alone. Throws <see cref="ArgumentException"/> for
    /// anything else, and for none at all.
    /// </summary>
    internal Networks(string[] texts, string parameter)
    {
        ArgumentNullException.ThrowIfNull(texts, parameter);
        if (texts.Length == 0)
        {
            throw new ArgumentException("Not a single network is given: name at least one, such as 10.0.0.0/8.", parameter);
        }

        _networks = Array.ConvertAll(texts, text => Parse(text) ?? throw new ArgumentException(
            $"Not a network: '{text}'; a network is written as 10.0.0.0/8 or 2001:db8::/32, or as an address alone.",
            parameter));
    }

    internal bool Contain(IPAddress address)
    {
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

    private static IPNetwork? Parse(string? text)
    {
        text = text?.Trim();
        if (IPNetwork.TryParse(text, out var network))
        {
            return network;
        }

        return IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }
}
