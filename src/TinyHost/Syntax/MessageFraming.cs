// Owns: how a request's content is delimited and whether the connection persists, RFC 9112 §6.3 and §9.3, rule by rule,
// and the fields that decide it: Host, Content-Length, Transfer-Encoding, Connection, Expect.
// Does not own: reading the content (ChunkedDecoder, RequestBody).

namespace TinyHost;

internal enum BodyKind : byte
{
    None,
    ContentLength,
    Chunked,
}

internal readonly record struct MessageFraming(
    BodyKind Body,
    long ContentLength,
    bool Persistent,
    bool ExpectContinue,
    Slice Host,
    bool UpgradeRequested)
{
    /// <summary>
    /// Judges a parsed head. Host is the authority in force: the absolute form's when there is one (RFC 9112 §3.2.2),
    /// else the Host field's value. UpgradeRequested: HTTP/1.1, an Upgrade field, and <c>upgrade</c> among the connection options.
    /// Returns <see cref="RejectReason.None"/> or why the request is refused. The body size limit is judged here for Content-Length.
    /// </summary>
    internal static RejectReason Decide(RequestHead head, ReadOnlySpan<byte> buffer, ServerLimits limits, out MessageFraming framing) =>
        throw new NotImplementedException();
}
