// Owns: how a request's content is delimited and whether the connection persists, RFC 9112 §6.3 and §9.3, rule by rule,
// and the judgement on the fields that decide it: Host, Content-Length, Transfer-Encoding, Connection, Expect.
// Does not own: finding those fields (FramingFields), or reading the content (ChunkedDecoder, ContentReader).

namespace TinyHost;

internal enum BodyKind : byte
{
    /// <summary>No content, or a Content-Length of 0.</summary>
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
    bool UpgradeRequested,
    bool IsLast)
{
    /// <summary>
    /// Judges a parsed head. Host is the authority in force: the absolute form's when there is one (RFC 9112 §3.2.2),
    /// else the Host field's value. UpgradeRequested: HTTP/1.1, an Upgrade field, and <c>upgrade</c> among the connection options.
    /// IsLast: the peer has said that no request follows, and this one has no content behind which there might be anything else.
    /// ExpectContinue: the peer may be waiting for 100 (Continue) before it sends the content that is announced.
    /// Returns <see cref="RejectReason.None"/> or why the request is refused. The body size limit is judged here for Content-Length.
    /// </summary>
    internal static RejectReason Decide(RequestHead head, ReadOnlySpan<byte> buffer, ServerLimits limits, out MessageFraming framing)
    {
        framing = default;
        var fields = FramingFields.Find(head.Fields, buffer);
        var isHttp10 = head.MinorVersion == 0;

        var reason = JudgeHost(head, buffer, fields);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        reason = Delimit(buffer, fields, isHttp10, out var body, out var contentLength);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (fields.HasOtherExpectation)
        {
            return RejectReason.UnsupportedExpectation;
        }

        if (contentLength > limits.MaxRequestBodySize)
        {
            return RejectReason.BodyTooLarge;
        }

        // RFC 9110 §9.3.6: what follows a CONNECT is a tunnel's, which is not served here: nothing behind it is read as a request.
        var isConnect = head.Form == TargetForm.Authority;
        if (isConnect)
        {
            body = BodyKind.None;
            contentLength = 0;
        }

        // RFC 9112 §9.3.
        var persists = !fields.HasCloseOption && (!isHttp10 || fields.HasKeepAliveOption);
        // RFC 9110 §7.8: Upgrade is ignored in an HTTP/1.0 request, and without its connection option.
        var upgrades = !isHttp10 && fields.HasUpgrade && fields.HasUpgradeOption;
        framing = new MessageFraming(
            body,
            contentLength,
            Persistent: !isConnect && persists,
            // RFC 9110 §10.1.1: an expectation in an HTTP/1.0 request is ignored, and one without content asks for nothing.
            ExpectContinue: fields.ExpectsContinue && !isHttp10 && body != BodyKind.None,
            Host: head.Form == TargetForm.Origin || head.Form == TargetForm.Asterisk ? fields.Host : head.Authority,
            UpgradeRequested: upgrades,
            // RFC 9112 §9.6: whoever sends the close option MUST NOT send further requests.
            IsLast: !persists && !isConnect && !upgrades && body == BodyKind.None);
        return RejectReason.None;
    }

    /// <summary>RFC 9112 §3.2 and RFC 9110 §7.2. HTTP/1.0 may do without; one that is there is held to the same rules.</summary>
    private static RejectReason JudgeHost(RequestHead head, ReadOnlySpan<byte> buffer, in FramingFields fields)
    {
        if (fields.HostCount == 0)
        {
            return head.MinorVersion == 0 ? RejectReason.None : RejectReason.MissingHost;
        }

        if (fields.HostCount > 1)
        {
            return RejectReason.DuplicateHost;
        }

        // RFC 9112 §3.2: the value is empty where the target URI has no authority, which an origin form of http always has.
        var host = fields.Host.Of(buffer);
        var isValid = host.IsEmpty ? head.Form != TargetForm.Origin : Authority.IsHostWithOptionalPort(host);
        return isValid ? RejectReason.None : RejectReason.InvalidHost;
    }

    /// <summary>RFC 9112 §6.3 for requests.</summary>
    private static RejectReason Delimit(
        ReadOnlySpan<byte> buffer, in FramingFields fields, bool isHttp10, out BodyKind body, out long contentLength)
    {
        body = BodyKind.None;
        contentLength = 0;
        if (fields.TransferEncodingCount > 0)
        {
            // Rule 3 and §6.1: both at once, or a coding that HTTP/1.0 does not have, is how one request is made to look like two.
            if (fields.ContentLengthCount > 0 || isHttp10)
            {
                return RejectReason.AmbiguousFraming;
            }

            body = BodyKind.Chunked;
            return fields.TransferEncodingCount > 1
                ? RejectReason.InvalidTransferEncoding
                : JudgeTransferEncoding(fields.TransferEncoding.Of(buffer));
        }

        // Rule 7: without either there is no content.
        if (fields.ContentLengthCount == 0)
        {
            return RejectReason.None;
        }

        // Rule 5 would allow several equal values. An intermediary that keeps one of two is not to be told from one that keeps the other.
        if (fields.ContentLengthCount > 1 || !TryReadLength(fields.ContentLength.Of(buffer), out contentLength))
        {
            return RejectReason.InvalidContentLength;
        }

        // Rule 6.
        body = contentLength == 0 ? BodyKind.None : BodyKind.ContentLength;
        return RejectReason.None;
    }

    /// <summary>
    /// RFC 9112 §6.1 and §6.3 rule 4. Chunked must be there once, last and bare: otherwise the end of the content cannot be told, which is
    /// a 400 (MUST), whatever the coding. A coding before chunked is not decoded here, which is a 501 (SHOULD).
    /// </summary>
    private static RejectReason JudgeTransferEncoding(ReadOnlySpan<byte> value)
    {
        var hasChunked = false;
        var hasOther = false;
        foreach (var coding in new ListElements(value))
        {
            if (hasChunked || !Octets.IsToken(coding))
            {
                return RejectReason.InvalidTransferEncoding;
            }

            hasChunked = Octets.EqualsIgnoringCase(coding, "chunked"u8);
            hasOther |= !hasChunked;
        }

        return !hasChunked ? RejectReason.InvalidTransferEncoding
            : hasOther ? RejectReason.UnsupportedTransferCoding
            : RejectReason.None;
    }

    /// <summary>RFC 9110 §8.6: <c>1*DIGIT</c>, of any length as long as the number fits.</summary>
    private static bool TryReadLength(ReadOnlySpan<byte> digits, out long length)
    {
        length = 0;
        foreach (var octet in digits)
        {
            var digit = octet - '0';
            if (digit is < 0 or > 9 || length > (long.MaxValue - digit) / 10)
            {
                return false;
            }

            length = (length * 10) + digit;
        }

        return !digits.IsEmpty;
    }
}
