// Owns: reading a request head (request line and header section) from octets, RFC 9112 §2–§5.
// Does not own: the request line's grammar (RequestLine), the field lines' (FieldSection), or what the fields mean (MessageFraming).

namespace TinyHost;

internal static class RequestHeadParser
{
    /// <summary>
    /// Parses one request head at the start of <paramref name="received"/>. On <see cref="ParseStatus.Incomplete"/>
    /// call again with the same head and a longer span that begins with the same octets, and
    /// <paramref name="examined"/> set to the length that was seen; octets before it are not examined again. A refusal comes with
    /// the first octet that makes it certain, so that it is the same however the octets are cut into reads.
    /// <paramref name="consumed"/> is the head's length on <see cref="ParseStatus.Complete"/>, else 0.
    /// </summary>
    internal static ParseStatus Parse(
        ReadOnlySpan<byte> received, int examined, ServerLimits limits, RequestHead head, out int consumed, out RejectReason reason)
    {
        consumed = 0;
        var position = examined;
        if (!head.HasRequestLine)
        {
            var status = RequestLine.Parse(received, ref position, limits, head, out reason);
            if (status != ParseStatus.Complete)
            {
                return status;
            }

            head.Section.Begin(position);
        }

        return head.Section.Parse(received, position, limits.MaxHeaderSectionSize, limits.MaxFieldLines, out consumed, out reason);
    }
}
