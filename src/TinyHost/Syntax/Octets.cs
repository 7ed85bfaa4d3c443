// Owns: the octet classes of RFC 9110 §5.6.2 (tokens), §5.5 (field values) and RFC 3986 (request targets), and scanning octets for them.

using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace TinyHost;

internal static class Octets
{
    internal const byte Tab = 0x09;
    internal const byte LineFeed = 0x0A;
    internal const byte CarriageReturn = 0x0D;
    internal const byte Space = 0x20;

    /// <summary>RFC 9110 §5.6.2: tchar.</summary>
    internal static readonly OctetSet Token = new([.. "!#$%&'*+-.^_`|~"u8, .. LettersAndDigits]);

    /// <summary>RFC 9110 §5.5: the octets of a field value: HTAB, SP, VCHAR and obs-text.</summary>
    internal static readonly OctetSet FieldValue = new([Tab, .. Range(0x20, 0x7E), .. Range(0x80, 0xFF)]);

    /// <summary>
    /// What a request target may contain by default: every visible ASCII character but <c>#</c>, which begins a fragment. Browsers and
    /// other clients send <c>[ ] { } | \ ^ ` " &lt; &gt;</c> unencoded; RFC 9112 §3.2 permits rejecting them but does not require it.
    /// </summary>
    internal static readonly OctetSet Target = new([.. Range(0x21, 0x22), .. Range(0x24, 0x7E)]);

    /// <summary>
    /// What the grammar allows in a request target (RFC 9112 §3.2, RFC 3986 appendix A): pchar, <c>/</c>, <c>?</c>, the <c>%</c> of a
    /// triplet, and the brackets of an IP literal. <see cref="RequestTarget"/> checks that each is in its place.
    /// </summary>
    internal static readonly OctetSet StrictTarget = new([.. "-._~!$&'()*+,;=:@/?%[]"u8, .. LettersAndDigits]);

    internal static ReadOnlySpan<byte> LettersAndDigits => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"u8;

    /// <summary>True for SP and HTAB, the octets of OWS, RWS and BWS (RFC 9110 §5.6.3).</summary>
    internal static bool IsWhiteSpace(byte octet) => octet is Space or Tab;

    /// <summary>Trims white space (RFC 9110 §5.6.3: OWS) from both ends of a stretch.</summary>
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

/// <summary>
/// A set of octets, as a table of 16 rows, one for each low half of an octet, with a bit for each high half. Replaces SearchValues, whose
/// many methods would have to be compiled during the first request.
/// </summary>
internal sealed class OctetSet
{
    private readonly bool[] _contains = new bool[256];

    // The bits for the high halves 0–7 and 8–15.
    private readonly Vector128<byte> _lower;
    private readonly Vector128<byte> _upper;

    internal OctetSet(params ReadOnlySpan<byte> octets)
    {
        Span<byte> rows = stackalloc byte[32];
        rows.Clear();
        foreach (var octet in octets)
        {
            _contains[octet] = true;
            rows[(octet & 0x0F) + (octet < 0x80 ? 0 : 16)] |= (byte)(1 << ((octet >> 4) & 7));
        }

        _lower = Vector128.Create<byte>(rows[..16]);
        _upper = Vector128.Create<byte>(rows[16..]);
    }

    internal bool Contains(byte octet) => _contains[octet];

    /// <summary>The index of the first octet outside the set, or -1.</summary>
    internal int IndexOfAnyExcept(ReadOnlySpan<byte> octets)
    {
        var i = 0;
        ref var first = ref MemoryMarshal.GetReference(octets);
        for (; i <= octets.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            var octet = Vector128.LoadUnsafe(ref first, (nuint)i);
            var low = octet & Vector128.Create((byte)0x0F);
            var high = (octet.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)0x0F);
            var lowerBit = Vector128.ShuffleNative(Vector128.Create(1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0), high);
            var upperBit = Vector128.ShuffleNative(Vector128.Create(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128), high);
            var found = (Vector128.ShuffleNative(_lower, low) & lowerBit) | (Vector128.ShuffleNative(_upper, low) & upperBit);
            var outside = Vector128.Equals(found, Vector128<byte>.Zero).ExtractMostSignificantBits();
            if (outside != 0)
            {
                return i + BitOperations.TrailingZeroCount(outside);
            }
        }

        for (; i < octets.Length; i++)
        {
            if (!_contains[octets[i]])
            {
                return i;
            }
        }

        return -1;
    }
}
