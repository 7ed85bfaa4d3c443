// Owns: the grammar of host and port, RFC 9110 §4.2 and §7.2 over RFC 3986 §3.2.2 and §3.2.3.

namespace TinyHost;

internal static class Authority
{
    // A reg-name's unreserved and sub-delims but the comma: a Host with one looks like several joined by an intermediary (RFC 9110 §5.3).
    private static readonly OctetSet s_regName = new([.. "-._~!$&'()*+;="u8, .. Octets.LettersAndDigits]);

    /// <summary>True for <c>uri-host [ ":" port ]</c> with a host (RFC 9110 §4.2.1); the port may be empty (RFC 3986 §3.2.3).</summary>
    internal static bool IsHostWithOptionalPort(ReadOnlySpan<byte> octets) =>
        TrySplit(octets, out var rest) && (rest.IsEmpty || IsPort(rest[1..], mayBeEmpty: true));

    /// <summary>True for <c>uri-host ":" port</c>: CONNECT has no default port (RFC 9110 §9.3.6).</summary>
    internal static bool IsHostWithPort(ReadOnlySpan<byte> octets) =>
        TrySplit(octets, out var rest) && !rest.IsEmpty && IsPort(rest[1..], mayBeEmpty: false);

    /// <summary>Takes a valid host off the front; the rest is empty or begins with a colon.</summary>
    private static bool TrySplit(ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> rest)
    {
        if (octets.StartsWith((byte)'['))
        {
            var length = octets.IndexOf((byte)']') + 1;
            rest = octets[length..];
            return length > 0 && (rest.IsEmpty || rest[0] == (byte)':') && IpLiteral.IsValid(octets[1..(length - 1)]);
        }

        var colon = octets.IndexOf((byte)':');
        var host = colon < 0 ? octets : octets[..colon];
        rest = octets[host.Length..];
        return !host.IsEmpty && IsRegName(host);
    }

    private static bool IsRegName(ReadOnlySpan<byte> host)
    {
        while (s_regName.IndexOfAnyExcept(host) is >= 0 and var next)
        {
            if (TargetPath.TripletValue(host[next..]) < 0)
            {
                return false;
            }

            host = host[(next + 3)..];
        }

        return true;
    }

    /// <summary>A TCP port. Leading zeros are valid; values above 65535 are not ports.</summary>
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
