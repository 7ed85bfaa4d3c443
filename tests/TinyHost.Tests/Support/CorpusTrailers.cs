// Owns: cases on trailer sections, RFC 9112 §7.1.2 and RFC 9110 §6.5.

using static TinyHost.Tests.Support.CorpusCase;

namespace TinyHost.Tests.Support;

internal static class CorpusTrailers
{
    private const string Grammar = "RFC 9112 §7.1.2";
    private const string Merging = "RFC 9110 §6.5.1";

    internal static readonly CorpusCase[] Cases =
    [
        Ok("One trailer field", Grammar, "X-Sum: 1", "X-Sum: 1"),
        Ok("Two trailer fields", Grammar, "X-Sum: 1\r\nX-Time: 2", "X-Sum: 1", "X-Time: 2"),
        Ok("Two trailer fields of one name", "RFC 9110 §5.3", "X: 1\r\nX: 2", "X: 1", "X: 2"),
        Ok("A trailer field without white space", Grammar, "X:1", "X: 1"),
        Ok("A trailer field with white space around its value", Grammar, "X: \t 1 \t ", "X: 1"),
        Ok("A trailer field that is empty", Grammar, "X:", "X: "),
        Ok("A trailer field with octets over 127", Grammar, "X: \u00E9", "X: \u00E9"),
        Ok("A digest of the content", "RFC 9530 §2", "Content-Digest: sha-256=:AA==:", "Content-Digest: sha-256=:AA==:"),
        Ok("Trailer fields that no list announced", Grammar, "Expires: 0", "Expires: 0"),
        Accept(
            "Trailer fields that a list announced",
            "RFC 9110 §6.6.2",
            Post("Trailer: X\r\nTransfer-Encoding: chunked", "1\r\na\r\n0\r\nX: 1\r\n\r\n"),
            PostChunked("a", "X: 1")),
        Accept("Trailer fields after the last chunk alone", Grammar, Chunks("0\r\nX: 1\r\n\r\n"), PostChunked("", "X: 1")),
        Accept("Trailer fields after an extension", Grammar, Chunks("0;a=b\r\nX: 1\r\n\r\n"), PostChunked("", "X: 1")),
        Accept(
            "A request after trailer fields",
            Grammar,
            Chunks("1\r\na\r\n0\r\nX: 1\r\n\r\n") + Line("GET /2 HTTP/1.1"),
            PostChunked("a", "X: 1"),
            Get("/2")),
        Accept(
            "Trailer fields do not carry over to the next request",
            Grammar,
            Chunks("0\r\nX: 1\r\n\r\n") + Chunks("0\r\n\r\n"),
            PostChunked("", "X: 1"),
            PostChunked("")),
        Accept(
            "Trailer fields of two requests",
            Grammar,
            Chunks("0\r\nX: 1\r\n\r\n") + Chunks("0\r\nY: 22\r\nZ: 3\r\n\r\n"),
            PostChunked("", "X: 1"),
            PostChunked("", "Y: 22", "Z: 3")),

        Dropped("Content-Length", "5"),
        Dropped("Transfer-Encoding", "chunked"),
        Dropped("Host", "b"),
        Dropped("Connection", "close"),
        Dropped("Keep-Alive", "timeout=5"),
        Dropped("Upgrade", "websocket"),
        Dropped("TE", "trailers"),
        Dropped("Trailer", "X"),
        Dropped("Authorization", "Basic YTpi"),
        Dropped("Proxy-Authorization", "Basic YTpi"),
        Dropped("Cookie", "a=b"),
        Dropped("Set-Cookie", "a=b"),
        Dropped("WWW-Authenticate", "Basic"),
        Dropped("Forwarded", "for=b"),
        Dropped("X-Forwarded-For", "192.0.2.1"),
        Dropped("X-Real-IP", "192.0.2.1"),
        Dropped("Via", "1.1 b"),
        Dropped("Max-Forwards", "1"),
        Dropped("Cache-Control", "no-cache"),
        Dropped("Pragma", "no-cache"),
        Dropped("Expect", "100-continue"),
        Dropped("Range", "bytes=0-1"),
        Dropped("If-Match", "*"),
        Dropped("If-None-Match", "*"),
        Dropped("If-Modified-Since", "0"),
        Dropped("If-Range", "0"),
        Dropped("Accept", "*/*"),
        Dropped("Accept-Encoding", "gzip"),
        Dropped("Content-Type", "text/plain"),
        Dropped("Content-Encoding", "gzip"),
        Dropped("Content-Language", "en"),
        Dropped("Content-Location", "/b"),
        Dropped("Content-Range", "bytes 0-1/2"),
        Dropped("Content-Disposition", "inline"),
        Accept(
            "A trailer of Content-Length in mixed case is dropped",
            Merging,
            Chunks("0\r\ncOnTeNt-LeNgTh: 5\r\n\r\n") + Line("GET /2 HTTP/1.1"),
            PostChunked(""),
            Get("/2")),
        Accept(
            "A trailer of Connection does not close",
            Merging,
            Chunks("0\r\nConnection: close\r\n\r\n") + Line("GET /2 HTTP/1.1"),
            PostChunked(""),
            Get("/2")),
        Accept(
            "Trailers are kept around one that is dropped",
            Merging,
            Chunks("0\r\nX: 1\r\nHost: b\r\nY: 2\r\n\r\n"),
            PostChunked("", "X: 1", "Y: 2")),
        Accept(
            "A name that only begins like that of a dropped trailer is kept",
            Merging,
            Chunks("0\r\nHosts: 1\r\nViaduct: 2\r\nIff: 3\r\n\r\n"),
            PostChunked("", "Hosts: 1", "Viaduct: 2", "Iff: 3")),

        Bad("A trailer with a space before its colon", "X : 1\r\n\r\n"),
        Bad("A trailer without a colon", "X\r\n\r\n"),
        Bad("A trailer with an empty name", ": 1\r\n\r\n"),
        Bad("A trailer with a space in its name", "X Y: 1\r\n\r\n"),
        Bad("A trailer with a NUL in its name", "X\0: 1\r\n\r\n"),
        Bad("A trailer with an octet over 127 in its name", "\u00E9: 1\r\n\r\n"),
        Bad("A trailer with a NUL in its value", "X: \0\r\n\r\n"),
        Bad("A trailer with a control octet in its value", "X: \u0001\r\n\r\n"),
        Bad("A trailer with a DEL in its value", "X: \u007F\r\n\r\n"),
        Bad("A trailer that is folded", "X: 1\r\n 2\r\n\r\n"),
        Bad("A space before the first trailer", " X: 1\r\n\r\n"),
        Bad("A space in place of trailers", " \r\n\r\n"),
        Bad("A trailer that ends in a bare LF", "X: 1\n\r\n"),
        Bad("A trailer that ends in a bare CR", "X: 1\rY: 2\r\n\r\n"),
        Bad("A trailer section that ends in a bare LF", "X: 1\r\n\n"),
        Bad("A trailer section that ends in a bare CR", "X: 1\r\n\rX"),
        Bad("A bare LF in place of trailers", "\n"),
        Bad("A bare CR in place of trailers", "\rX"),
        Bad("A request in place of trailers", Line("GET / HTTP/1.1")),
        Bad("A chunk in place of trailers", "5\r\nhello\r\n0\r\n\r\n"),
        Bad("A dropped trailer must be valid", "Content-Length : 5\r\n\r\n"),
    ];

    private static CorpusCase Ok(string name, string section, string lines, params string[] trailers) =>
        Accept(name, section, Chunks("5\r\nhello\r\n0\r\n" + lines + "\r\n\r\n"), PostChunked("hello", trailers));

    private static CorpusCase Dropped(string fieldName, string value) =>
        Accept(
            $"A trailer of {fieldName} is dropped",
            Merging,
            Chunks($"5\r\nhello\r\n0\r\n{fieldName}: {value}\r\nX: 1\r\n\r\n"),
            PostChunked("hello", "X: 1"));

    private static CorpusCase Bad(string name, string afterLastChunk) =>
        Reject(name, Grammar, Chunks("5\r\nhello\r\n0\r\n" + afterLastChunk), RejectReason.InvalidTrailer);
}
