// Owns: the octet classes of RFC 9110 §5.6.2 (token), §5.5 (field values) and RFC 3986 (targets), and comparisons over them.
// Does not own: any message's structure.

using System.Text;

namespace TinyHost;

internal static class Octets
{
    internal const byte Tab = 0x09;
    internal const byte LineFeed = 0x0A;
    internal const byte CarriageReturn = 0x0D;
    internal const byte Space = 0x20;

    /// <summary>RFC 9110 §5.6.2: tchar.</summary>
    internal static readonly OctetSet Token = new("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>RFC 9110 §5.5: what a field value may hold: HTAB, SP, VCHAR and obs-text.</summary>
    internal static readonly OctetSet FieldValue = new([Tab, .. Range(0x20, 0x7E), .. Range(0x80, 0xFF)]);

    /// <summary>
    /// What a request target may hold: every visible ASCII character but <c>#</c>, which begins a fragment. That is more than the grammar
    /// (RFC 9112 §3.2 permits a refusal), because browsers and other clients send <c>[ ] { } | \ ^ ` " &lt; &gt;</c> as they are.
    /// </summary>
    internal static readonly OctetSet Target = new([.. Range(0x21, 0x22), .. Range(0x24, 0x7E)]);

    /// <summary>
    /// What the grammar lets a request target hold (RFC 9112 §3.2, RFC 3986 appendix A): pchar, <c>/</c>, <c>?</c>,
    /// the <c>%</c> of a triplet, and the brackets of an IP literal. The form says later where each may stand.
    /// </summary>
    internal static readonly OctetSet StrictTarget = new("-._~!$&'()*+,;=:@/?%[]0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>True for a non-empty run of tchar.</summary>
    internal static bool IsToken(ReadOnlySpan<byte> octets) => !octets.IsEmpty && Token.IndexOfAnyExcept(octets) < 0;

    /// <summary>The same for text.</summary>
    internal static bool IsToken(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAscii(c) || !Token.Contains((byte)c))
            {
                return false;
            }
        }

        return !text.IsEmpty;
    }

    /// <summary>RFC 9110 §7.8: protocol-name ["/" protocol-version], both tokens.</summary>
    internal static bool IsProtocol(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        return slash < 0 ? IsToken(text) : IsToken(text[..slash]) && IsToken(text[(slash + 1)..]);
    }

    /// <summary>Compares as field names and most registered tokens are compared: ASCII letters without regard to case.</summary>
    internal static bool EqualsIgnoringCase(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(octets, other);

    /// <summary>True for SP and HTAB, the octets of OWS, RWS and BWS (RFC 9110 §5.6.3).</summary>
    internal static bool IsWhiteSpace(byte octet) => octet is Space or Tab;

    /// <summary>Takes the white space from both ends of a stretch (RFC 9110 §5.6.3: OWS).</summary>
    internal static Slice Trim(ReadOnlySpan<byte> buffer, int start, int end)
    {
        while (start < end && IsWhiteSpace(buffer[start]))
        {
            start++;
        }

        while (end > start && IsWhiteSpace(buffer[end - 1]))
        {
            end--;
        }

        return new Slice(start, end - start);
    }

    /// <summary>The value of a HEXDIG (RFC 5234 appendix B.1, either case), or -1.</summary>
    internal static int HexValue(byte octet) => octet switch
    {
        >= (byte)'0' and <= (byte)'9' => octet - '0',
        >= (byte)'A' and <= (byte)'F' => octet - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => octet - 'a' + 10,
        _ => -1,
    };

    /// <summary>The octet a percent-encoded triplet at the start of <paramref name="octets"/> stands for (RFC 3986 §2.1), or -1.</summary>
    internal static int TripletValue(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 3 || octets[0] != (byte)'%')
        {
            return -1;
        }

        var high = HexValue(octets[1]);
        var low = HexValue(octets[2]);
        return high < 0 || low < 0 ? -1 : (high << 4) | low;
    }

    private static byte[] Range(int first, int last)
    {
        var octets = new byte[last - first + 1];
        for (var i = 0; i < octets.Length; i++)
        {
            octets[i] = (byte)(first + i);
        }

        return octets;
    }
}
