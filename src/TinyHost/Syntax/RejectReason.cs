// Owns: the outcomes of parsing, and the reasons for which the server refuses a request, each with its status and its name.

using System.Text;

namespace TinyHost;

/// <summary>Why the server itself refused a request. Each reason is counted under its name in <c>tinyhost.requests.rejected</c>.</summary>
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

    /// <summary>The request target has none of the four forms (RFC 9112 §3.2), or one that its method does not allow. 400.</summary>
    InvalidRequestTarget,

    /// <summary>An absolute target with the scheme <c>https</c>, over an unsecured connection (RFC 9110 §7.4). 421.</summary>
    MisdirectedRequest,

    /// <summary>The request line is longer than <see cref="ServerLimits.MaxRequestLineSize"/>. 414.</summary>
    RequestTargetTooLong,

    /// <summary>The protocol version does not have the form <c>HTTP/D.D</c> (RFC 9112 §2.3). 400.</summary>
    InvalidVersion,

    /// <summary>The major version is not 1. 505.</summary>
    UnsupportedVersion,

    /// <summary>A line ends in a bare LF or contains a bare CR (RFC 9112 §2.2). 400.</summary>
    InvalidLineEnd,

    /// <summary>A field name is empty or not a token, or white space surrounds it (RFC 9112 §5). 400.</summary>
    InvalidFieldName,

    /// <summary>A field value contains a control octet (RFC 9110 §5.5). 400.</summary>
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

    /// <summary>The Host field value is not <c>uri-host [":" port]</c> (RFC 9110 §7.2). 400.</summary>
    InvalidHost,

    /// <summary>Content-Length is not a single decimal number (RFC 9112 §6.3 rule 5). 400.</summary>
    InvalidContentLength,

    /// <summary>Transfer-Encoding does not end in exactly one <c>chunked</c> (RFC 9112 §6.1). 400.</summary>
    InvalidTransferEncoding,

    /// <summary>Another transfer coding before <c>chunked</c> (RFC 9112 §6.1). 501.</summary>
    UnsupportedTransferCoding,

    /// <summary>Transfer-Encoding together with Content-Length, or in an HTTP/1.0 request (RFC 9112 §6.1). 400.</summary>
    AmbiguousFraming,

    /// <summary>An expectation other than <c>100-continue</c> (RFC 9110 §10.1.1). 417.</summary>
    UnsupportedExpectation,

    /// <summary>A chunk-size line, its extensions or a chunk's end is malformed (RFC 9112 §7.1). 400.</summary>
    InvalidChunk,

    /// <summary>A trailer section is malformed (RFC 9112 §7.1.2). 400.</summary>
    InvalidTrailer,

    /// <summary>The trailer section is larger than <see cref="ServerLimits.MaxTrailerSectionSize"/>. 431.</summary>
    TrailerSectionTooLarge,

    /// <summary>
    /// The content is larger than <see cref="ServerLimits.MaxRequestBodySize"/>, or than the handler or a stage allows. 413.
    /// </summary>
    BodyTooLarge,

    /// <summary>The connection ended inside a request (RFC 9112 §8). 400.</summary>
    UnexpectedEnd,

    /// <summary>The header section took longer than <see cref="ServerLimits.HeaderSectionTimeout"/>. 408.</summary>
    HeaderSectionTimeout,

    /// <summary>
    /// The content arrived slower than <see cref="ServerLimits.MinDataRate"/>, or than the handler or a stage demands. 408.
    /// </summary>
    BodyTooSlow,

    /// <summary>The content is not in the format that the handler reads, such as malformed JSON. 400; the connection persists.</summary>
    InvalidContent,

    /// <summary>The content has a media type that the handler does not read (RFC 9110 §15.5.16). 415; the connection persists.</summary>
    UnsupportedMediaType,

    /// <summary>The handler took longer than its limit (<see cref="RequestTimeout"/>). 504; the connection persists.</summary>
    HandlerTimeout,

    /// <summary>Too many requests run and wait (<see cref="ConcurrencyLimit"/>). 503; the connection persists.</summary>
    ConcurrencyLimit,

    /// <summary>The client sends requests too often (RFC 6585 §4). 429; the connection persists.</summary>
    RateLimit,

    /// <summary>
    /// A query parameter, cookie or form field that the handler needs is missing or malformed. 400; the connection persists.
    /// </summary>
    InvalidParameter,

    /// <summary>A request without the credentials that <see cref="Authentication"/> asks for. 401; the connection persists.</summary>
    MissingCredentials,

    /// <summary>Credentials that are malformed, unknown or wrong. 401; the connection persists.</summary>
    InvalidCredentials,

    /// <summary>
    /// Too many logins have failed, or wait for their password to be checked (RFC 6585 §4). 429; the connection persists.
    /// </summary>
    LoginLimit,

    /// <summary>The peer speaks plain HTTP to a port that serves TLS. 400.</summary>
    PlainHttpToTls,
}

/// <summary>The three outcomes of a parse.</summary>
internal enum ParseStatus : byte
{
    /// <summary>The construct is complete and valid.</summary>
    Complete,

    /// <summary>Valid so far; more octets are needed.</summary>
    Incomplete,

    /// <summary>Invalid, whatever follows; a <see cref="RejectReason"/> says why.</summary>
    Rejected,
}

internal static class RejectReasons
{
    private static readonly string[] s_names = Array.ConvertAll(Enum.GetNames<RejectReason>(), ToSnakeCase);

    /// <summary>The status code of the response to the request.</summary>
    internal static int StatusCode(this RejectReason reason) => reason switch
    {
        RejectReason.MethodTooLong => 501,
        RejectReason.MisdirectedRequest => 421,
        RejectReason.RequestTargetTooLong => 414,
        RejectReason.UnsupportedVersion => 505,
        RejectReason.HeaderSectionTooLarge or RejectReason.TooManyFieldLines or RejectReason.TrailerSectionTooLarge => 431,
        RejectReason.UnsupportedTransferCoding => 501,
        RejectReason.UnsupportedExpectation => 417,
        RejectReason.BodyTooLarge => 413,
        RejectReason.UnsupportedMediaType => 415,
        RejectReason.HeaderSectionTimeout or RejectReason.BodyTooSlow => 408,
        RejectReason.HandlerTimeout => 504,
        RejectReason.ConcurrencyLimit => 503,
        RejectReason.RateLimit or RejectReason.LoginLimit => 429,
        RejectReason.MissingCredentials or RejectReason.InvalidCredentials => 401,
        _ => 400,
    };

    /// <summary>The reason's name in metrics and logs, in snake case: <c>invalid_request_line</c>.</summary>
    internal static string Name(this RejectReason reason) => s_names[(int)reason];

    /// <summary>The reason's name in answers: <c>invalid request line</c>.</summary>
    internal static string Words(this RejectReason reason) => reason == RejectReason.PlainHttpToTls
        ? "plain HTTP was sent to a port that serves HTTPS; use https://"
        : reason.Name().Replace('_', ' ');

    internal static string ToSnakeCase(string name)
    {
        var snake = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && snake.Length > 0)
            {
                snake.Append('_');
            }

            snake.Append(char.ToLowerInvariant(c));
        }

        return snake.ToString();
    }
}
