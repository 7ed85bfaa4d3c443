// Owns: reading a request head (request line and header section) from octets, RFC 9112 §2–§5.
// Does not own: what the fields mean (MessageFraming), or the octets.

namespace TinyHost;

internal static class RequestHeadParser
{
    /// <summary>
    /// Parses one request head at the start of <paramref name="received"/>. On <see cref="ParseStatus.Incomplete"/>
    /// call again with the same head and a longer span that begins with the same octets, and
    /// <paramref name="examined"/> set to the length that was seen; lines already parsed are not read again.
    /// </summary>
    internal static ParseStatus Parse(
        ReadOnlySpan<byte> received, int examined, ServerLimits limits, RequestHead head, out int consumed, out RejectReason reason) =>
        throw new NotImplementedException();
}
