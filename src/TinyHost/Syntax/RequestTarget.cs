// Owns: splitting a request target in origin form, RFC 9112 §3.2.1, and telling whether its path is in normal form already.

namespace TinyHost;

/// <summary>The form of a request target (RFC 9112 §3.2).</summary>
internal enum TargetForm : byte
{
    Origin,
    Absolute,
    Authority,
    Asterisk,
}

internal static class RequestTarget
{
    /// <summary>
    /// Splits <see cref="RequestHead.Target"/>, whose octets are valid, into form, authority, path and query. Rejects a target of no form,
    /// one whose form its method does not allow, and one of the scheme <c>https</c>.
    /// </summary>
    internal static RejectReason Split(ReadOnlySpan<byte> buffer, bool isStrict, RequestHead head)
    {
        var isConnect = head.Method.Of(buffer).SequenceEqual("CONNECT"u8);
        if (isConnect || buffer[head.Target.Offset] != (byte)'/')
        {
            return OtherTargetForms.Split(buffer, isStrict, isConnect, head);
        }

        head.Form = TargetForm.Origin;
        return TrySplitPathAndQuery(buffer, isStrict, head.Target, head) ? RejectReason.None : RejectReason.InvalidRequestTarget;
    }

    internal static bool TrySplitPathAndQuery(ReadOnlySpan<byte> buffer, bool isStrict, Slice slice, RequestHead head)
    {
        var octets = slice.Of(buffer);
        head.Path = slice;
        if (isStrict && octets.ContainsAny((byte)'[', (byte)']'))
        {
            // RFC 3986 §3.2.2 reserves both for IP literals.
            return false;
        }

        if (!octets.ContainsAny((byte)'?', (byte)'%'))
        {
            return true;
        }

        var mark = octets.IndexOf((byte)'?');
        var length = mark < 0 ? octets.Length : mark;
        head.Path = new Slice(slice.Offset, length);
        head.Query = mark < 0 ? default : new Slice(slice.Offset + mark + 1, octets.Length - mark - 1);

        // %00 is valid by the grammar, but C code that a path is passed to would cut it short there. A query is handed on undecoded,
        // so its percent signs need not start triplets.
        return TargetPath.AreTripletsValid(octets[..length], allowNul: false)
            && (!isStrict || TargetPath.AreTripletsValid(octets[length..], allowNul: true));
    }

    /// <summary>True if <see cref="TargetPath.Normalize"/> may change a path, which has a <c>%</c> or an empty or dot segment.</summary>
    internal static bool NeedsNormalizing(ReadOnlySpan<byte> path)
    {
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == (byte)'%' || (path[i] == (byte)'/' && IsEmptyOrDotSegment(path[(i + 1)..])))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True if the path begins with a dot segment, or with an empty segment that is not the last.</summary>
    private static bool IsEmptyOrDotSegment(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path[0] is not ((byte)'/' or (byte)'.'))
        {
            return false;
        }

        var end = path.IndexOf((byte)'/');
        var segment = end < 0 ? path : path[..end];
        return segment.IsEmpty || segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8);
    }
}
