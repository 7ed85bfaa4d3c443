// Owns: cases of several requests on one connection, RFC 9112 §9.3.2, and of request smuggling, §11.2.

using static TinyHost.Tests.Support.CorpusCase;

namespace TinyHost.Tests.Support;

internal static class CorpusPipelining
{
    private const string Order = "RFC 9112 §9.3.2";
    private const string Smuggling = "RFC 9112 §11.2";

    internal static readonly CorpusCase[] Cases =
    [
        Accept("Two requests", Order, Line("GET /1 HTTP/1.1") + Line("GET /2 HTTP/1.1"), Get("/1"), Get("/2")),
        Accept(
            "Sixteen requests",
            Order,
            string.Concat(Enumerable.Range(1, 16).Select(i => Line($"GET /{i} HTTP/1.1"))),
            [.. Enumerable.Range(1, 16).Select(i => Get($"/{i}"))]),
        Accept(
            "A request after content",
            Order,
            Post("Content-Length: 5", "hello") + Line("GET /2 HTTP/1.1"),
            PostLength("hello"),
            Get("/2")),
        Accept(
            "A request after content and an empty line",
            "RFC 9112 §2.2",
            Post("Content-Length: 5", "hello") + "\r\n" + Line("GET /2 HTTP/1.1"),
            PostLength("hello"),
            Get("/2")),
        Accept(
            "A request after chunks",
            Order,
            Chunks("5\r\nhello\r\n0\r\n\r\n") + Line("GET /2 HTTP/1.1"),
            PostChunked("hello"),
            Get("/2")),
        Accept(
            "A request after chunks and an empty line",
            "RFC 9112 §2.2",
            Chunks("0\r\n\r\n") + "\r\n" + Line("GET /2 HTTP/1.1"),
            PostChunked(""),
            Get("/2")),
        Accept(
            "Requests with every kind of content",
            Order,
            Line("GET /1 HTTP/1.1") + Post("Content-Length: 2", "hi") + Chunks("1\r\nx\r\n0\r\nT: 1\r\n\r\n")
                + Post("Content-Length: 0", "") + Line("HEAD /5 HTTP/1.1"),
            Get("/1"),
            PostLength("hi"),
            PostChunked("x", "T: 1"),
            PostLength(""),
            new CorpusRequest("HEAD", "/5")),
        Accept(
            "HTTP/1.1 after persistent HTTP/1.0",
            "RFC 9112 §9.3",
            "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + Line("GET /2 HTTP/1.1"),
            Get("/1") with { MinorVersion = 0 },
            Get("/2")),
        Accept(
            "Nothing is read after HTTP/1.0",
            "RFC 9112 §9.3",
            "GET /1 HTTP/1.0\r\n\r\n" + Line("GET /2 HTTP/1.1"),
            Get("/1") with { MinorVersion = 0, Persistent = false }),
        Accept(
            "Nothing is read after a close",
            "RFC 9112 §9.6",
            Line("GET /1 HTTP/1.1") + Fields("Connection: close") + Line("GET /3 HTTP/1.1"),
            Get("/1"),
            Get("/") with { Persistent = false }),
        Accept(
            "Fields do not carry over to the next request",
            Order,
            Fields("X: y") + Line("GET /2 HTTP/1.1"),
            Get("/") with { Fields = ["Host: a", "X: y"] },
            Get("/2") with { Fields = ["Host: a"] }),
        Accept(
            "A query does not carry over to the next request",
            Order,
            Line("GET /1?q HTTP/1.1") + Line("GET /2 HTTP/1.1"),
            Get("/1?q") with { Query = "q" },
            Get("/2") with { Query = "" }),
        Accept(
            "An authority does not carry over to the next request",
            Order,
            Line("GET http://b/1 HTTP/1.1") + Line("GET /2 HTTP/1.1"),
            Get("http://b/1") with { Host = "b" },
            Get("/2") with { Host = "a" }),
        Accept(
            "Content that looks like a smuggled request",
            Smuggling,
            Post("Content-Length: 24", "GET /admin HTTP/1.1\r\nX: ") + Line("GET /2 HTTP/1.1"),
            PostLength("GET /admin HTTP/1.1\r\nX: "),
            Get("/2")),
        Accept(
            "Content of GET is not a request",
            Smuggling,
            Fields("Content-Length: 23") + "GET /admin HTTP/1.1\r\n\r\n" + Line("GET /2 HTTP/1.1"),
            Get("/") with { Kind = BodyKind.ContentLength, Body = "GET /admin HTTP/1.1\r\n\r\n" },
            Get("/2")),

        Reject(
            "A bad request after a good one",
            Order,
            Line("GET /1 HTTP/1.1") + Line("GET  /2 HTTP/1.1"),
            RejectReason.InvalidRequestLine,
            Get("/1")),
        Reject(
            "A bad request between good ones",
            Order,
            Line("GET /1 HTTP/1.1") + Line("G(T /2 HTTP/1.1") + Line("GET /3 HTTP/1.1"),
            RejectReason.InvalidMethod,
            Get("/1")),
        Reject(
            "A request without Host after a good one",
            Order,
            Line("GET /1 HTTP/1.1") + "GET /2 HTTP/1.1\r\n\r\n",
            RejectReason.MissingHost,
            Get("/1")),
        Reject("A bad chunk after a good request", Order, Line("GET /1 HTTP/1.1") + Chunks("x"), RejectReason.InvalidChunk, Get("/1")),
        Reject(
            "A bad trailer after a good request",
            Order,
            Line("GET /1 HTTP/1.1") + Chunks("0\r\n X: 1\r\n\r\n"),
            RejectReason.InvalidTrailer,
            Get("/1")),
        Reject(
            "Two empty lines between two requests",
            "RFC 9112 §2.2",
            Line("GET /1 HTTP/1.1") + "\r\n\r\n" + Line("GET /2 HTTP/1.1"),
            RejectReason.InvalidRequestLine,
            Get("/1")),
        Reject(
            "Content longer than declared",
            Order,
            Post("Content-Length: 5", "hello world") + Line("GET /2 HTTP/1.1"),
            RejectReason.InvalidRequestLine,
            PostLength("hello")),
        Reject(
            "Content shorter than declared",
            Order,
            Post("Content-Length: 8", "hello") + Line("GET /2 HTTP/1.1"),
            RejectReason.InvalidRequestLine,
            PostLength("helloGET")),
        Reject(
            "Content without a length",
            Smuggling,
            Line("POST / HTTP/1.1") + "{\"a\": 1}",
            RejectReason.InvalidMethod,
            new CorpusRequest("POST", "/")),
        Reject(
            "Chunks without Transfer-Encoding",
            Smuggling,
            Line("POST / HTTP/1.1") + "5\r\nhello\r\n0\r\n\r\n",
            RejectReason.InvalidRequestLine,
            new CorpusRequest("POST", "/")),
        Reject(
            "An ambiguous framing after a good request",
            Smuggling,
            Line("GET /1 HTTP/1.1") + Post("Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n"),
            RejectReason.AmbiguousFraming,
            Get("/1")),
        Reject("A length after a bare LF", Smuggling, Post("X: y\nContent-Length: 5", "hello"), RejectReason.InvalidLineEnd),
        Reject(
            "A coding hidden by a tab before its colon",
            Smuggling,
            Post("Transfer-Encoding\t: chunked\r\nContent-Length: 5", "0\r\n\r\n"),
            RejectReason.InvalidFieldName),
        Reject(
            "A coding hidden by an octet over 127",
            Smuggling,
            Post("Transfer-Encoding: \u00FFchunked", "0\r\n\r\n"),
            RejectReason.InvalidTransferEncoding),
        Reject(
            "An extension that hides a chunk after a bare LF",
            Smuggling,
            Chunks("2;a\nxx\r\n10\r\n\r\nAB\r\n0\r\n\r\n") + Line("GET /2 HTTP/1.1"),
            RejectReason.InvalidChunk),
        Reject("Two other octets instead of a line end after a chunk", Smuggling, Chunks("5\r\nhelloXX10\r\n"), RejectReason.InvalidChunk),
        Reject(
            "A WebSocket's frames in place of a request",
            "RFC 6455 §5.2",
            Line("GET /1 HTTP/1.1") + "\u0081\u0005hello",
            RejectReason.InvalidMethod,
            Get("/1")),
    ];
}
