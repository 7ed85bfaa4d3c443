// Owns: the list of reasons for which a request is refused before a handler's answer counts.
// Does not own: the status each one answers with (RejectReasons) or the closing of the connection.

namespace TinyHost;

/// <summary>Why a request was refused by the server itself. Each is counted under its name in <c>tinyhost.requests.rejected</c>.</summary>
public enum RejectReason
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>The request line is not <c>method SP request-target SP HTTP-version CRLF</c> (RFC 9112 §3). 400.</summary>
    InvalidRequestLine,

    /// <summary>The method is not a token (RFC 9110 §9.1). 400.</summary>
    InvalidMethod,

    /// <summary>The method is longer than <see cref="ServerLimits.MaxMethodSize"/>. 501.</summary>
    MethodTooLong,

    /// <summary>The request target fits none of the four forms (RFC 9112 §3.2), or none that its method may use. 400.</summary>
    InvalidRequestTarget,

    /// <summary>An absolute target of the scheme <c>https</c>, over a connection that is not secured (RFC 9110 §7.4). 421.</summary>
    MisdirectedRequest,

    /// <summary>The request line is longer than <see cref="ServerLimits.MaxRequestLineSize"/>. 414.</summary>
    RequestTargetTooLong,

    /// <summary>The protocol version is not of the form <c>HTTP/D.D</c> (RFC 9112 §2.3). 400.</summary>
    InvalidVersion,

    /// <summary>The major version is not 1. 505.</summary>
    UnsupportedVersion,

    /// <summary>A line ends in a bare LF or holds a bare CR (RFC 9112 §2.2). 400.</summary>
    InvalidLineEnd,

    /// <summary>A field name is empty or not a token, or white space surrounds it (RFC 9112 §5). 400.</summary>
    InvalidFieldName,

    /// <summary>A field value holds a control octet (RFC 9110 §5.5). 400.</summary>
    InvalidFieldValue,

    /// <summary>A field line is folded (RFC 9112 §5.2). 400.</summary>
    FoldedFieldLine,

    /// <summary>The header section is larger than <see cref="ServerLimits.MaxHeaderSectionSize"/>. 431.</summary>
    HeaderSectionTooLarge,

    /// <summary>More field lines than <see cref="ServerLimits.MaxFieldLines"/>. 431.</summary>
    TooManyFieldLines,

    /// <summary>An HTTP/1.1 request without a Host field (RFC 9112 §3.2). 400.</summary>
    MissingHost,

    /// <summary>More than one Host field line (RFC 9112 §3.2). 400.</summary>
    DuplicateHost,

    /// <summary>A Host field value that is not <c>uri-host [":" port]</c> (RFC 9110 §7.2). 400.</summary>
    InvalidHost,

    /// <summary>A Content-Length that is not one decimal number (RFC 9112 §6.3 rule 5). 400.</summary>
    InvalidContentLength,

    /// <summary>A Transfer-Encoding that does not end in exactly one <c>chunked</c> (RFC 9112 §6.1). 400.</summary>
    InvalidTransferEncoding,

    /// <summary>A transfer coding before <c>chunked</c> (RFC 9112 §6.1). 501.</summary>
    UnsupportedTransferCoding,

    /// <summary>Transfer-Encoding beside Content-Length, or on HTTP/1.0 (RFC 9112 §6.1). 400.</summary>
    AmbiguousFraming,

    /// <summary>An expectation other than <c>100-continue</c> (RFC 9110 §10.1.1). 417.</summary>
    UnsupportedExpectation,

    /// <summary>A chunk-size line, its extensions or a chunk's end is malformed (RFC 9112 §7.1). 400.</summary>
    InvalidChunk,

    /// <summary>A trailer section is malformed (RFC 9112 §7.1.2). 400.</summary>
    InvalidTrailer,

    /// <summary>The trailer section is larger than <see cref="ServerLimits.MaxTrailerSectionSize"/>. 431.</summary>
    TrailerSectionTooLarge,

    /// <summary>The content is larger than <see cref="ServerLimits.MaxRequestBodySize"/>. 413.</summary>
    BodyTooLarge,

    /// <summary>The connection ended inside a request (RFC 9112 §8). 400.</summary>
    UnexpectedEnd,

    /// <summary>The header section took longer than <see cref="ServerLimits.HeaderSectionTimeout"/>. 408.</summary>
    HeaderSectionTimeout,

    /// <summary>The content came slower than <see cref="ServerLimits.MinDataRate"/>. 408.</summary>
    BodyTooSlow,

    /// <summary>The content is not what the handler reads, such as malformed JSON. 400; the connection stays.</summary>
    InvalidContent,

    /// <summary>The content is of a media type that the handler does not read (RFC 9110 §15.5.16). 415; the connection stays.</summary>
    UnsupportedMediaType,
}
