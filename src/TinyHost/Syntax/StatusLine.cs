// Owns: the octets of status lines, RFC 9112 §4, with the reason phrases of IANA's HTTP status code registry.
// Does not own: which status a response has, or the rest of its head.

using System.Text;

namespace TinyHost;

internal static class StatusLine
{
    private const int Least = 100;
    private const int Most = 999;

    // Each made when it is first asked for: a server needs few of them.
    private static readonly byte[]?[] s_lines = new byte[]?[Most - Least + 1];

    /// <summary>
    /// The line with its CRLF. Always HTTP/1.1, whatever the request's version (RFC 9110 §6.2). The phrase of an unregistered code
    /// is empty, the SP before it stays. Throws <see cref="ArgumentOutOfRangeException"/> outside 100–999.
    /// </summary>
    internal static ReadOnlySpan<byte> For(int statusCode)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, Least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, Most);
        return s_lines[statusCode - Least] ??= Make(statusCode);
    }

    private static byte[] Make(int statusCode) => Encoding.ASCII.GetBytes($"HTTP/1.1 {statusCode} {ReasonPhrase(statusCode)}\r\n");

    private static string ReasonPhrase(int statusCode) => statusCode switch
    {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        _ => "",
    };
}
