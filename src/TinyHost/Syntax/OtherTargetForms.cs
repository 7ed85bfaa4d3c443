// Owns: the request targets of OPTIONS, CONNECT and requests to proxies, RFC 9112 §3.2.2–§3.2.4: absolute, authority and asterisk form.

using System.Text;

namespace TinyHost;

internal static class OtherTargetForms
{
    internal static RejectReason Split(ReadOnlySpan<byte> buffer, bool isStrict, bool isConnect, RequestHead head)
    {
        var target = head.Target.Of(buffer);

        // RFC 9112 §3.2.3: CONNECT takes the authority form, and no other method does.
        if (isConnect)
        {
            head.Form = TargetForm.Authority;
            head.Authority = head.Target;
            return InvalidUnless(Authority.IsHostWithPort(target));
        }

        // RFC 9112 §3.2.4: the asterisk form is for OPTIONS alone.
        if (target.SequenceEqual("*"u8))
        {
            head.Form = TargetForm.Asterisk;
            return InvalidUnless(head.Method.Of(buffer).SequenceEqual("OPTIONS"u8));
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
        var pathAndQuery = new Slice(head.Authority.Offset + length, rest.Length - length);
        var isValid = Authority.IsHostWithOptionalPort(rest[..length])
            && RequestTarget.TrySplitPathAndQuery(buffer, isStrict, pathAndQuery, head);

        // RFC 9110 §7.4: https resources must be served over a secured connection.
        return isValid && scheme == "https://".Length && !head.IsSecure ? RejectReason.MisdirectedRequest : InvalidUnless(isValid);
    }

    private static RejectReason InvalidUnless(bool isValid) => isValid ? RejectReason.None : RejectReason.InvalidRequestTarget;

    private static bool StartsWithIgnoringCase(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> prefix) =>
        octets.Length >= prefix.Length && Ascii.EqualsIgnoreCase(octets[..prefix.Length], prefix);
}
