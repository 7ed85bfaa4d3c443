// Owns: cases on Transfer-Encoding, RFC 9112 §6.1, §6.3 and §7, and on combining it with Content-Length.

using static TinyHost.Tests.Support.CorpusCase;

namespace TinyHost.Tests.Support;

internal static class CorpusTransferEncoding
{
    private const string Field = "RFC 9112 §6.1";
    private const string Rule3 = "RFC 9112 §6.3 rule 3";
    private const string Rule4 = "RFC 9112 §6.3 rule 4";
    private const string Codings = "RFC 9112 §7";
    private const string Content = "5\r\nhello\r\n0\r\n\r\n";

    internal static readonly CorpusCase[] Cases =
    [
        Ok("Transfer-Encoding of chunked", Field, "Transfer-Encoding: chunked"),
        Ok("Transfer-Encoding of chunked in upper case", Codings, "Transfer-Encoding: CHUNKED"),
        Ok("Transfer-Encoding of chunked in mixed case", Codings, "Transfer-Encoding: cHuNkEd"),
        Ok("Transfer-Encoding in lower case", "RFC 9110 §5.1", "transfer-encoding: chunked"),
        Ok("Transfer-Encoding in upper case", "RFC 9110 §5.1", "TRANSFER-ENCODING: chunked"),
        Ok("Transfer-Encoding without a space", "RFC 9112 §5", "Transfer-Encoding:chunked"),
        Ok("Transfer-Encoding with white space around its value", "RFC 9112 §5", "Transfer-Encoding: \t chunked \t "),
        Ok(
            "A field whose name only looks like Transfer-Encoding",
            "RFC 9110 §5.1",
            "Transfer_Encoding: gzip\r\nTransfer-Encoding: chunked"),
        Ok("TE with Transfer-Encoding", "RFC 9110 §10.1.4", "TE: trailers\r\nTransfer-Encoding: chunked"),
        Accept(
            "GET with chunks",
            "RFC 9110 §9.3.1",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + Content,
            Get("/") with { Kind = BodyKind.Chunked, Body = "hello" }),
        Accept(
            "DELETE with chunks",
            "RFC 9110 §9.3.5",
            "DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + Content,
            new CorpusRequest("DELETE", "/") { Kind = BodyKind.Chunked, Body = "hello" }),
        Accept(
            "HTTP/1.2 with chunks",
            "RFC 9110 §2.5",
            "POST / HTTP/1.2\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + Content,
            PostChunked("hello")),

        Ambiguous("Transfer-Encoding before Content-Length", Rule3, "Transfer-Encoding: chunked\r\nContent-Length: 5"),
        Ambiguous("Content-Length before Transfer-Encoding", Rule3, "Content-Length: 5\r\nTransfer-Encoding: chunked"),
        Ambiguous("Transfer-Encoding with a Content-Length of 0", Rule3, "Transfer-Encoding: chunked\r\nContent-Length: 0"),
        Ambiguous("Transfer-Encoding with a bad Content-Length", Rule3, "Transfer-Encoding: chunked\r\nContent-Length: x"),
        Ambiguous("Transfer-Encoding with an empty Content-Length", Rule3, "Transfer-Encoding: chunked\r\nContent-Length:"),
        Ambiguous(
            "Transfer-Encoding with two Content-Length fields",
            Rule3,
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Length: 5"),
        Ambiguous("An unknown coding with Content-Length", Rule3, "Transfer-Encoding: xchunked\r\nContent-Length: 5"),
        Ambiguous("Identity with Content-Length", Rule3, "Transfer-Encoding: identity\r\nContent-Length: 5"),
        Ambiguous("An empty Transfer-Encoding with Content-Length", Rule3, "Transfer-Encoding:\r\nContent-Length: 5"),
        Reject(
            "Transfer-Encoding on HTTP/1.0",
            Field,
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + Content,
            RejectReason.AmbiguousFraming),
        Reject(
            "Transfer-Encoding on persistent HTTP/1.0",
            Field,
            "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + Content,
            RejectReason.AmbiguousFraming),
        Reject(
            "Transfer-Encoding and Content-Length on HTTP/1.0",
            Field,
            "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + Content,
            RejectReason.AmbiguousFraming),
        Reject(
            "Transfer-Encoding and Content-Length on GET",
            Rule3,
            Fields("Content-Length: 5\r\nTransfer-Encoding: chunked") + Content,
            RejectReason.AmbiguousFraming),
        Reject(
            "Nothing after an ambiguous framing is read as a request",
            Rule3,
            Post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n") + Line("GET /admin HTTP/1.1"),
            RejectReason.AmbiguousFraming),

        Bad("An empty Transfer-Encoding", Field, "Transfer-Encoding:"),
        Bad("A Transfer-Encoding of white space", Field, "Transfer-Encoding: \t "),
        Bad("A Transfer-Encoding of a comma", Field, "Transfer-Encoding: ,"),
        Bad("Chunked twice in a list", Field, "Transfer-Encoding: chunked, chunked"),
        Bad("Chunked twice in two fields", Field, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        Bad("Chunked and identity in two fields", Field, "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        Bad("Identity and chunked in two fields", Field, "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
        Bad("Two Transfer-Encoding fields, one of them empty", Field, "Transfer-Encoding: chunked\r\nTransfer-Encoding:"),
        Bad("Chunked with a comma after it", Field, "Transfer-Encoding: chunked,"),
        Bad("Chunked with a comma before it", Field, "Transfer-Encoding: ,chunked"),
        Bad("Chunked before gzip", Rule4, "Transfer-Encoding: chunked, gzip"),
        Bad("Chunked before identity", Rule4, "Transfer-Encoding: chunked, identity"),
        Bad("Chunked before an unknown coding", Rule4, "Transfer-Encoding: chunked, foo"),
        Bad("Chunked between two codings", Rule4, "Transfer-Encoding: gzip, chunked, deflate"),
        Bad("Gzip alone", Rule4, "Transfer-Encoding: gzip"),
        Bad("Deflate alone", Rule4, "Transfer-Encoding: deflate"),
        Bad("Compress alone", Rule4, "Transfer-Encoding: compress"),
        Bad("X-gzip alone", Rule4, "Transfer-Encoding: X-GZIP"),
        Bad("X-compress alone", Rule4, "Transfer-Encoding: x-compress"),
        Bad("Chunked with a parameter", "RFC 9112 §7.1", "Transfer-Encoding: chunked;a=b"),
        Bad("Chunked with an empty parameter", "RFC 9112 §7.1", "Transfer-Encoding: chunked;"),
        Bad("Chunked with a weight", "RFC 9112 §7.1", "Transfer-Encoding: chunked; q=0.5"),
        Bad("Gzip with a parameter before chunked", Codings, "Transfer-Encoding: gzip;a=b, chunked"),
        Bad("Chunked in quotes", Codings, "Transfer-Encoding: \"chunked\""),
        Bad("Chunked in parentheses", Codings, "Transfer-Encoding: (chunked)"),
        Bad("Chunked with words before it", Codings, "Transfer-Encoding: not chunked"),
        Bad("Chunked with words after it", Codings, "Transfer-Encoding: chunked foo"),
        Bad("Chunked with a space inside", Codings, "Transfer-Encoding: chun ked"),
        Bad("Chunked with an equals sign", Codings, "Transfer-Encoding: chunked="),
        Bad("Chunked with a no-break space before it", Codings, "Transfer-Encoding: \u00A0chunked"),
        Bad("Chunked with an octet over 127 after it", Codings, "Transfer-Encoding: chunked\u0085"),
        Reject(
            "A vertical tab after chunked",
            "RFC 9110 §5.5",
            Post("Transfer-Encoding: chunked\u000B", Content),
            RejectReason.InvalidFieldValue),
        Reject("A NUL after chunked", "RFC 9110 §5.5", Post("Transfer-Encoding: chunked\0", Content), RejectReason.InvalidFieldValue),
        Reject(
            "Nothing after a bad coding is read as a request",
            Rule4,
            Post("Transfer-Encoding: chunked, identity", Content) + Line("GET / HTTP/1.1"),
            RejectReason.InvalidTransferEncoding),

        Bad("Identity", Rule4, "Transfer-Encoding: identity"),
        Unsupported("Gzip before chunked", Field, "Transfer-Encoding: gzip, chunked"),
        Unsupported("Gzip before chunked without a space", Field, "Transfer-Encoding: gzip,chunked"),
        Unsupported("Deflate before chunked", Field, "Transfer-Encoding: DEFLATE , CHUNKED"),
        Unsupported("Gzip and deflate before chunked", Field, "Transfer-Encoding: gzip, deflate, chunked"),
        Unsupported("Identity before chunked", Field, "Transfer-Encoding: identity, chunked"),
        Bad("An unknown coding", Rule4, "Transfer-Encoding: foo"),
        Unsupported("An unknown coding before chunked", Field, "Transfer-Encoding: foo, chunked"),
        Bad("A coding with a letter before chunked", Rule4, "Transfer-Encoding: xchunked"),
        Bad("A coding with a letter after chunked", Rule4, "Transfer-Encoding: chunkedx"),
        Bad("A coding with a letter of chunked missing", Rule4, "Transfer-Encoding: chunke"),
        Bad("Chunked in single quotes", Rule4, "Transfer-Encoding: 'chunked'"),
        Bad("Two unknown codings", Rule4, "Transfer-Encoding: foo, bar"),
        Bad("An unknown coding after gzip", Rule4, "Transfer-Encoding: gzip, foo"),
    ];

    private static CorpusCase Ok(string name, string section, string lines) =>
        Accept(name, section, Post(lines, Content), PostChunked("hello"));

    private static CorpusCase Bad(string name, string section, string lines) =>
        Reject(name, section, Post(lines, Content), RejectReason.InvalidTransferEncoding);

    private static CorpusCase Ambiguous(string name, string section, string lines) =>
        Reject(name, section, Post(lines, Content), RejectReason.AmbiguousFraming);

    private static CorpusCase Unsupported(string name, string section, string lines) =>
        Reject(name, section, Post(lines, Content), RejectReason.UnsupportedTransferCoding);
}
