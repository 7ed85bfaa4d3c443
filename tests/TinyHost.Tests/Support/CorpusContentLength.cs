// Owns: cases on Content-Length, RFC 9110 §8.6 and RFC 9112 §6.3 rules 5 to 7.

using static TinyHost.Tests.Support.CorpusCase;

namespace TinyHost.Tests.Support;

internal static class CorpusContentLength
{
    private const string Grammar = "RFC 9110 §8.6";
    private const string Rule5 = "RFC 9112 §6.3 rule 5";
    private const string Rule6 = "RFC 9112 §6.3 rule 6";
    private const string Rule7 = "RFC 9112 §6.3 rule 7";

    internal static readonly CorpusCase[] Cases =
    [
        Accept("Content of five octets", Rule6, Post("Content-Length: 5", "hello"), PostLength("hello")),
        Accept("Content of no octets", Rule6, Post("Content-Length: 0", ""), PostLength("")),
        Accept("Content of one octet", Rule6, Post("Content-Length: 1", "x"), PostLength("x")),
        Accept(
            "Content that looks like a request",
            Rule6,
            Post("Content-Length: 27", "GET / HTTP/1.1\r\nHost: b\r\n\r\n"),
            PostLength("GET / HTTP/1.1\r\nHost: b\r\n\r\n")),
        Accept("Content of line ends", Rule6, Post("Content-Length: 4", "\r\n\r\n"), PostLength("\r\n\r\n")),
        Accept(
            "Content of NUL and octets over 127",
            Rule6,
            Post("Content-Length: 4", "\0\u0001\u0080\u00FF"),
            PostLength("\0\u0001\u0080\u00FF")),
        Accept("Content that looks like chunks", Rule6, Post("Content-Length: 5", "0\r\n\r\n"), PostLength("0\r\n\r\n")),
        Accept("A length with leading zeros", Grammar, Post("Content-Length: 0005", "hello"), PostLength("hello")),
        Accept(
            "A length of many leading zeros",
            Grammar,
            Post("Content-Length: " + new string('0', 40) + "5", "hello"),
            PostLength("hello")),
        Accept("A length of many zeros alone", Grammar, Post("Content-Length: " + new string('0', 40), ""), PostLength("")),
        Accept("A length with white space around it", "RFC 9112 §5", Post("Content-Length: \t 5 \t ", "hello"), PostLength("hello")),
        Accept("Content-Length in lower case", "RFC 9110 §5.1", Post("content-length: 5", "hello"), PostLength("hello")),
        Accept("Content-Length in mixed case", "RFC 9110 §5.1", Post("cOnTeNt-LeNgTh: 5", "hello"), PostLength("hello")),
        Accept(
            "A Content-Encoding of chunked does not affect the framing",
            "RFC 9110 §8.4",
            Post("Content-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"),
            PostLength("0\r\n\r\n")),
        Accept(
            "Content-Length before Host",
            "RFC 9110 §5.3",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\nHost: a\r\n\r\nhello",
            PostLength("hello")),
        Accept(
            "No Content-Length means no content",
            Rule7,
            Line("POST /1 HTTP/1.1") + Line("POST /2 HTTP/1.1"),
            new CorpusRequest("POST", "/1"),
            new CorpusRequest("POST", "/2")),
        Accept(
            "GET with content",
            "RFC 9110 §9.3.1",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            Get("/") with { Kind = BodyKind.ContentLength, Body = "hello" }),
        Accept(
            "HEAD with content",
            "RFC 9110 §9.3.2",
            "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            new CorpusRequest("HEAD", "/") { Kind = BodyKind.ContentLength, Body = "hello" }),
        Accept(
            "DELETE with content",
            "RFC 9110 §9.3.5",
            "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            new CorpusRequest("DELETE", "/") { Kind = BodyKind.ContentLength, Body = "hello" }),
        Accept(
            "OPTIONS with content",
            "RFC 9110 §9.3.7",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            new CorpusRequest("OPTIONS", "*") { Kind = BodyKind.ContentLength, Body = "hello" }),
        Accept(
            "An unknown method with content",
            Rule6,
            "BREW / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            new CorpusRequest("BREW", "/") { Kind = BodyKind.ContentLength, Body = "hello" }),
        Accept(
            "HTTP/1.0 with content",
            Rule6,
            "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
            PostLength("hello") with { MinorVersion = 0, Persistent = false }),
        Accept(
            "Content of 70000 octets",
            Rule6,
            Post("Content-Length: 70000", new string('x', 70_000)),
            PostLength(new string('x', 70_000))),

        Bad("A length that is empty", Grammar, "Content-Length:"),
        Bad("A length of white space", Grammar, "Content-Length: \t "),
        Bad("A length with a plus sign", Grammar, "Content-Length: +5"),
        Bad("A length with a minus sign", Grammar, "Content-Length: -5"),
        Bad("A length of minus zero", Grammar, "Content-Length: -0"),
        Bad("A length in hexadecimal", Grammar, "Content-Length: 0x5"),
        Bad("A length of hexadecimal digits", Grammar, "Content-Length: A"),
        Bad("A length in octal notation", Grammar, "Content-Length: 0o5"),
        Bad("A length with a fraction", Grammar, "Content-Length: 5.0"),
        Bad("A length with an exponent", Grammar, "Content-Length: 5e0"),
        Bad("A length with an underscore", Grammar, "Content-Length: 1_0"),
        Bad("A length with a space inside", Grammar, "Content-Length: 5 5"),
        Bad("A length with a tab inside", Grammar, "Content-Length: 5\t5"),
        Bad("A length with a letter after it", Grammar, "Content-Length: 5a"),
        Bad("A length in quotes", Grammar, "Content-Length: \"5\""),
        Bad("A length with a semicolon", Grammar, "Content-Length: 5;"),
        Bad("A length with a parameter", Grammar, "Content-Length: 5;q=1"),
        Bad("A length in words", Grammar, "Content-Length: five"),
        Bad("A length in superscript", Grammar, "Content-Length: \u00B2"),
        Bad("A length in full-width digits", Grammar, "Content-Length: \u00EF\u00BC\u0095"),
        Bad("A length of 2 to the 63rd", Grammar, "Content-Length: 9223372036854775808"),
        Bad("A length of 2 to the 64th", Grammar, "Content-Length: 18446744073709551616"),
        Bad("A length of 2 to the 64th and 5", Grammar, "Content-Length: 18446744073709551621"),
        Bad("A length of 2 to the 32nd and 5 with a zero too many digits", Grammar, "Content-Length: 42949673010000000000000"),
        Bad("A length of 100 nines", Grammar, "Content-Length: " + new string('9', 100)),
        Bad("A list of equal lengths", Rule5, "Content-Length: 5, 5"),
        Bad("A list of different lengths", Rule5, "Content-Length: 5, 6"),
        Bad("A list of lengths without spaces", Rule5, "Content-Length: 5,5"),
        Bad("A list that ends in a comma", Rule5, "Content-Length: 5,"),
        Bad("A list that begins with a comma", Rule5, "Content-Length: ,5"),
        Bad("Two equal Content-Length fields", Rule5, "Content-Length: 5\r\nContent-Length: 5"),
        Bad("Two different Content-Length fields", Rule5, "Content-Length: 5\r\nContent-Length: 6"),
        Bad("Two Content-Length fields in different case", Rule5, "Content-Length: 5\r\ncontent-length: 0"),
        Bad("Two Content-Length fields, one of them empty", Rule5, "Content-Length: 5\r\nContent-Length:"),
        Bad("Two Content-Length fields with the same number written in two ways", Rule5, "Content-Length: 5\r\nContent-Length: 05"),
        Bad("Three Content-Length fields", Rule5, "Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 5"),
        Reject("A bad length on HTTP/1.0", Rule5, "POST / HTTP/1.0\r\nContent-Length: x\r\n\r\n", RejectReason.InvalidContentLength),
        Reject("A bad length on GET", Rule5, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", RejectReason.InvalidContentLength),
        Reject(
            "A bad length on CONNECT",
            Rule5,
            "CONNECT a:80 HTTP/1.1\r\nHost: a\r\nContent-Length: 5,5\r\n\r\n",
            RejectReason.InvalidContentLength),
        Reject("A folded length", "RFC 9112 §5.2", Post("Content-Length:\r\n 5", "hello"), RejectReason.FoldedFieldLine),
        Reject(
            "A length that a fold would make longer",
            "RFC 9112 §5.2",
            Post("Content-Length: 5\r\n\t0", "hello"),
            RejectReason.FoldedFieldLine),
        Reject("A NUL after a length", "RFC 9110 §5.5", Post("Content-Length: 5\0", "hello"), RejectReason.InvalidFieldValue),
        Reject(
            "Nothing after a bad length is read as a request",
            Rule5,
            Post("Content-Length: 5x", "hello") + Line("GET / HTTP/1.1"),
            RejectReason.InvalidContentLength),
    ];

    private static CorpusCase Bad(string name, string section, string lines) =>
        Reject(name, section, Post(lines, "hello"), RejectReason.InvalidContentLength);
}
