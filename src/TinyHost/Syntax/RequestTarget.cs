// Owns: telling the four forms of a request target apart and splitting them, RFC 9112 §3.2, by default with the characters that clients send
// beyond the grammar of RFC 3986 appendix A.
// Does not own: the octet classes (Octets), or decoding (TargetPath).

namespace TinyHost;

internal static class RequestTarget
{
    /// <summary>
    /// Splits <see cref="RequestHead.Target"/>, all of whose octets are of <see cref="Octets.Target"/>, or of <see cref="Octets.StrictTarget"/>
    /// when <paramref name="isStrict"/>, into form, authority, path and query. Refuses one that has none of the forms, or one that the method
    /// may not use, or that is not this server's to answer for.
    /// </summary>
    internal static RejectReason Split(ReadOnlySpan<byte> buffer, bool isStrict, RequestHead head)
    {
        var target = head.Target.Of(buffer);
        var method = head.Method.Of(buffer);

        // RFC 9112 §3.2.3: the authority form is CONNECT's alone, and CONNECT has no other.
        if (method.SequenceEqual("CONNECT"u8))
        {
            head.Form = TargetForm.Authority;
            head.Authority = head.Target;
            return InvalidUnless(Authority.IsHostWithPort(target));
        }

        if (target[0] == (byte)'/')
        {
            head.Form = TargetForm.Origin;
            return InvalidUnless(SplitPathAndQuery(buffer, isStrict, head, head.Target));
        }

        // RFC 9112 §3.2.4: the asterisk form is for OPTIONS alone.
        if (target.SequenceEqual("*"u8))
        {
            head.Form = TargetForm.Asterisk;
            return InvalidUnless(method.SequenceEqual("OPTIONS"u8));
        }

        return SplitAbsolute(buffer, isStrict, head, target);
    }

    /// <summary>RFC 9112 §3.2.2, for the schemes of HTTP (RFC 9110 §4.2).</summary>
    private static RejectReason SplitAbsolute(ReadOnlySpan<byte> buffer, bool isStrict, RequestHead head, ReadOnlySpan<byte> target)
    {
        var scheme = StartsWithIgnoringCase(target, "http://"u8) ? 7 : StartsWithIgnoringCase(target, "https://"u8) ? 8 : 0;
        if (scheme == 0)
        {
            return RejectReason.InvalidRequestTarget;
        }

        var rest = target[scheme..];
        var end = rest.IndexOfAny((byte)'/', (byte)'?');
        var length = end < 0 ? rest.Length : end;
        head.Form = TargetForm.Absolute;
        head.Authority = new Slice(head.Target.Offset + scheme, length);
        var isValid = Authority.IsHostWithOptionalPort(rest[..length])
            && SplitPathAndQuery(buffer, isStrict, head, new Slice(head.Authority.Offset + length, rest.Length - length));

        // RFC 9110 §7.4: an https resource is answered for over a connection secured for its origin (MUST), and none is secured here.
        return isValid && scheme == "https://".Length ? RejectReason.MisdirectedRequest : InvalidUnless(isValid);
    }

    private static RejectReason InvalidUnless(bool isValid) => isValid ? RejectReason.None : RejectReason.InvalidRequestTarget;

    private static bool SplitPathAndQuery(ReadOnlySpan<byte> buffer, bool isStrict, RequestHead head, Slice slice)
    {
        var octets = slice.Of(buffer);
        if (isStrict && octets.ContainsAny((byte)'[', (byte)']'))
        {
            // RFC 3986 §3.2.2 keeps both for IP literals.
            return false;
        }

        if (!octets.ContainsAny((byte)'?', (byte)'%'))
        {
            // Most have nothing to split and no triplet to check.
            head.Path = slice;
            return true;
        }

        var mark = octets.IndexOf((byte)'?');
        var length = mark < 0 ? octets.Length : mark;
        head.Path = new Slice(slice.Offset, length);
        head.Query = mark < 0 ? default : new Slice(slice.Offset + mark + 1, octets.Length - mark - 1);

        // %00 is valid by the grammar, but no resource's name holds a NUL, and what passes one on to C code is cut short there.
        // A query is handed on as it is, so a percent sign in it may stand for itself.
        return AreTripletsValid(octets[..length], allowNul: false) && (!isStrict || AreTripletsValid(octets[length..], allowNul: true));
    }

    private static bool AreTripletsValid(ReadOnlySpan<byte> octets, bool allowNul)
    {
        while (true)
        {
            var next = octets.IndexOf((byte)'%');
            if (next < 0)
            {
                return true;
            }

            var value = Octets.TripletValue(octets[next..]);
            if (value < 0 || (value == 0 && !allowNul))
            {
                return false;
            }

            octets = octets[(next + 3)..];
        }
    }

    private static bool StartsWithIgnoringCase(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> prefix) =>
        octets.Length >= prefix.Length && Octets.EqualsIgnoringCase(octets[..prefix.Length], prefix);
}
