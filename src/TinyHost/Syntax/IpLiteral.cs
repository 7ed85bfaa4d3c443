// Owns: the grammar of IP literals without their brackets, RFC 3986 §3.2.2: IPv6address, IPvFuture and IPv4address. It has no zone
// identifiers.

using System.Net;
using System.Text;

namespace TinyHost;

internal static class IpLiteral
{
    private static readonly OctetSet s_future = new([.. "-._~!$&'()*+,;=:"u8, .. Octets.LettersAndDigits]);

    internal static bool IsValid(ReadOnlySpan<byte> literal) =>
        !literal.IsEmpty && (literal[0] is (byte)'v' or (byte)'V' ? IsFuture(literal[1..]) : IsIpv6(literal));

    /// <summary>
    /// The address that a text is; null for another text. <see cref="IPAddress.Parse(string)"/> also reads short and octal forms of IPv4,
    /// which other readers take for other addresses, and brackets, ports and zones.
    /// </summary>
    internal static IPAddress? Parse(string text)
    {
        Span<byte> ipv4 = stackalloc byte[4];
        var octets = Encoding.UTF8.GetBytes(text);
        return TryReadIpv4(octets, ipv4) ? new IPAddress(ipv4) : IsIpv6(octets) ? IPAddress.Parse(text) : null;
    }

    /// <summary><c>"v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )</c>, after the v.</summary>
    private static bool IsFuture(ReadOnlySpan<byte> octets)
    {
        var dot = octets.IndexOf((byte)'.');
        if (dot < 1 || dot == octets.Length - 1 || s_future.IndexOfAnyExcept(octets[(dot + 1)..]) >= 0)
        {
            return false;
        }

        foreach (var octet in octets[..dot])
        {
            if (Octets.HexValue(octet) < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Eight groups of 1–4 HEXDIG; the last two may be an IPv4 address; one <c>::</c> may replace one group or more.</summary>
    private static bool IsIpv6(ReadOnlySpan<byte> octets)
    {
        Span<byte> ipv4 = stackalloc byte[4];
        var groups = 0;
        var elided = octets.StartsWith("::"u8);
        var position = elided ? 2 : 0;
        var isGroupExpected = !elided;
        while (position < octets.Length)
        {
            var end = octets[position..].IndexOf((byte)':');
            var group = end < 0 ? octets[position..] : octets.Slice(position, end);
            if (end < 0 && group.Contains((byte)'.'))
            {
                groups += 2;
                return TryReadIpv4(group, ipv4) && (elided ? groups <= 7 : groups == 8);
            }

            if (!IsGroup(group))
            {
                return false;
            }

            groups++;
            position += group.Length;
            isGroupExpected = false;
            if (position < octets.Length)
            {
                // The colon after the group either separates it from the next or begins the elision.
                position++;
                isGroupExpected = true;
                if (position < octets.Length && octets[position] == (byte)':')
                {
                    if (elided)
                    {
                        return false;
                    }

                    elided = true;
                    position++;
                    isGroupExpected = false;
                }
            }
        }

        return !isGroupExpected && (elided ? groups <= 7 : groups == 8);
    }

    private static bool IsGroup(ReadOnlySpan<byte> group)
    {
        if (group.Length is 0 or > 4)
        {
            return false;
        }

        foreach (var octet in group)
        {
            if (Octets.HexValue(octet) < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads four dec-octets, 0–255 without leading zeros, into the four octets of <paramref name="address"/>.</summary>
    internal static bool TryReadIpv4(ReadOnlySpan<byte> octets, Span<byte> address)
    {
        for (var part = 0; part < 4; part++)
        {
            var dot = octets.IndexOf((byte)'.');
            if ((dot < 0) != (part == 3))
            {
                return false;
            }

            if (!TryReadDecimalOctet(dot < 0 ? octets : octets[..dot], out address[part]))
            {
                return false;
            }

            octets = octets[(dot + 1)..];
        }

        return true;
    }

    private static bool TryReadDecimalOctet(ReadOnlySpan<byte> digits, out byte octet)
    {
        octet = 0;
        if (digits.Length is 0 or > 3 || (digits[0] == (byte)'0' && digits.Length > 1))
        {
            return false;
        }

        var value = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        octet = (byte)value;
        return value <= 255;
    }
}
