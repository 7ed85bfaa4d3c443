// Owns: the grammar of uri-host and port, RFC 9110 §4.2 and §7.2 over RFC 3986 §3.2.2 and §3.2.3.
// Does not own: where an authority may stand (RequestTarget, MessageFraming).

namespace TinyHost;

internal static class Authority
{
    /// <summary>
    /// The unreserved and sub-delims of a reg-name, without the comma: RFC 3986 would let it stand, but in a Host field it is
    /// what several Host lines look like once an intermediary has joined them (RFC 9110 §5.3).
    /// </summary>
    private static readonly OctetSet s_regName =
        new("-._~!$&'()*+;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>True for <c>uri-host [ ":" port ]</c> with a host that is not empty (RFC 9110 §4.2.1); the port's digits may be missing (RFC 3986 §3.2.3).</summary>
    internal static bool IsHostWithOptionalPort(ReadOnlySpan<byte> octets) =>
        TrySplit(octets, out var rest) && (rest.IsEmpty || IsPort(rest[1..], mayBeEmpty: true));

    /// <summary>True for <c>uri-host ":" port</c>: CONNECT has no default port (RFC 9110 §9.3.6).</summary>
    internal static bool IsHostWithPort(ReadOnlySpan<byte> octets) =>
        TrySplit(octets, out var rest) && !rest.IsEmpty && IsPort(rest[1..], mayBeEmpty: false);

    /// <summary>Takes a valid host off the front; the rest is empty or begins with a colon.</summary>
    private static bool TrySplit(ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (octets.IsEmpty)
        {
            return false;
        }

        if (octets[0] == (byte)'[')
        {
            var close = octets.IndexOf((byte)']');
            if (close < 0)
            {
                return false;
            }

            rest = octets[(close + 1)..];
            return (rest.IsEmpty || rest[0] == (byte)':') && IpLiteral.IsValid(octets[1..close]);
        }

        var colon = octets.IndexOf((byte)':');
        var host = colon < 0 ? octets : octets[..colon];
        rest = octets[host.Length..];
        return !host.IsEmpty && IsRegName(host);
    }

    private static bool IsRegName(ReadOnlySpan<byte> host)
    {
        while (true)
        {
            var next = s_regName.IndexOfAnyExcept(host);
            if (next < 0)
            {
                return true;
            }

            if (Octets.TripletValue(host[next..]) < 0)
            {
                return false;
            }

            host = host[(next + 3)..];
        }
    }

    /// <summary>A TCP port: leading zeros are grammar's, more than 65535 is nobody's.</summary>
    private static bool IsPort(ReadOnlySpan<byte> digits, bool mayBeEmpty)
    {
        var port = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            port = (port * 10) + (digit - '0');
            if (port > 65_535)
            {
                return false;
            }
        }

        return mayBeEmpty || !digits.IsEmpty;
    }
}
