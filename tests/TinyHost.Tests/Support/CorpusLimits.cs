// Owns: cases at the default ServerLimits and one octet or line beyond them. The sizes are literals, so that a changed default fails.

using static TinyHost.Tests.Support.CorpusCase;

namespace TinyHost.Tests.Support;

internal static class CorpusLimits
{
    private const string RequestLine = "RFC 9112 §3";
    private const string TooLarge = "RFC 6585 §5";
    private const string Content = "RFC 9110 §15.5.14";
    private const string Chunk = "RFC 9112 §7.1.1";
    private const string Trailer = "RFC 9112 §7.1.2";

    internal static readonly CorpusCase[] Cases =
    [
        Accept("A request line of 8192 octets", RequestLine, Line("GET " + Target(8179) + " HTTP/1.1"), Get(Target(8179))),
        Accept(
            "A request line of 8192 octets after an empty line",
            RequestLine,
            "\r\n" + Line("GET " + Target(8179) + " HTTP/1.1"),
            Get(Target(8179))),
        Accept("A request target of 8000 octets", RequestLine, Line("GET " + Target(8000) + " HTTP/1.1"), Get(Target(8000))),
        Reject("A request line of 8193 octets", RequestLine, Line("GET " + Target(8180) + " HTTP/1.1"), RejectReason.RequestTargetTooLong),
        Reject(
            "A request line of 20000 octets",
            RequestLine,
            Line("GET " + Target(20_000) + " HTTP/1.1"),
            RejectReason.RequestTargetTooLong),
        Reject("A request line over its limit that never ends", RequestLine, "GET " + Target(9000), RejectReason.RequestTargetTooLong),
        Reject(
            "A request line over its limit by its query",
            RequestLine,
            Line("GET /?" + new string('q', 9000) + " HTTP/1.1"),
            RejectReason.RequestTargetTooLong),
        Reject(
            "A request line over its limit inside its version",
            RequestLine,
            Line("GET " + Target(8185) + " HTTP/1.1"),
            RejectReason.RequestTargetTooLong),
        Reject(
            "A bad octet before the limit of the request line",
            RequestLine,
            Line("GET /" + new string('a', 8000) + "\0" + new string('a', 8000) + " HTTP/1.1"),
            RejectReason.InvalidRequestTarget),
        Reject(
            "A bad octet after the limit of the request line",
            RequestLine,
            Line("GET /" + new string('a', 9000) + "\0 HTTP/1.1"),
            RejectReason.RequestTargetTooLong),

        Accept("A header section of 32768 octets", TooLarge, Fields("X: " + new string('v', 32_752)), Get("/")),
        Reject("A header section of 32769 octets", TooLarge, Fields("X: " + new string('v', 32_753)), RejectReason.HeaderSectionTooLarge),
        Reject(
            "A header section over its limit by many lines",
            TooLarge,
            Fields(Lines(90, "X: " + new string('v', 400))),
            RejectReason.HeaderSectionTooLarge),
        Reject(
            "A header section over its limit by a name",
            TooLarge,
            Fields(new string('n', 33_000) + ": v"),
            RejectReason.HeaderSectionTooLarge),
        Reject(
            "A header section over its limit with white space",
            TooLarge,
            Fields("X:" + new string(' ', 33_000) + "v"),
            RejectReason.HeaderSectionTooLarge),
        Reject(
            "A header section over its limit that never ends",
            TooLarge,
            "GET / HTTP/1.1\r\nX: " + new string('v', 33_000),
            RejectReason.HeaderSectionTooLarge),
        Accept("100 field lines", TooLarge, Fields(Lines(99, "X: y")), Get("/")),
        Reject("101 field lines", TooLarge, Fields(Lines(100, "X: y")), RejectReason.TooManyFieldLines),
        Reject("5000 field lines", TooLarge, Fields(Lines(5000, "X:")), RejectReason.TooManyFieldLines),

        Reject("Content of one octet over 30000000", Content, Post("Content-Length: 30000001", "x"), RejectReason.BodyTooLarge),
        Reject(
            "Content of the greatest number of octets",
            Content,
            Post("Content-Length: 9223372036854775807", "x"),
            RejectReason.BodyTooLarge),
        Reject(
            "Content over its limit that waits for 100",
            Content,
            Post("Content-Length: 30000001\r\nExpect: 100-continue", ""),
            RejectReason.BodyTooLarge),
        Reject("A chunk of one octet over 30000000", Content, Chunks("1c9c381\r\nx"), RejectReason.BodyTooLarge),
        Reject("A chunk of the greatest number of octets", Content, Chunks("7FFFFFFFFFFFFFFF\r\nx"), RejectReason.BodyTooLarge),
        Reject("Chunks that are over 30000000 octets together", Content, Chunks("1\r\nx\r\n1c9c380\r\nx"), RejectReason.BodyTooLarge),
        Reject("Chunks whose sizes overflow together", Content, Chunks("1\r\nx\r\n7FFFFFFFFFFFFFFF\r\nx"), RejectReason.BodyTooLarge),

        Accept("A size line of 256 octets", Chunk, Chunks("1;a=" + new string('b', 252) + "\r\nx\r\n0\r\n\r\n"), PostChunked("x")),
        Reject("A size line of 257 octets", Chunk, Chunks("1;a=" + new string('b', 253) + "\r\nx\r\n0\r\n\r\n"), RejectReason.InvalidChunk),
        Reject("A size line that never ends", Chunk, Chunks("1;a=" + new string('b', 400)), RejectReason.InvalidChunk),
        Reject("A quoted value that never ends", Chunk, Chunks("1;a=\"" + new string('b', 400)), RejectReason.InvalidChunk),
        Accept("A size of 256 digits", Chunk, Chunks(new string('0', 255) + "1\r\nx\r\n0\r\n\r\n"), PostChunked("x")),
        Reject("A size of 257 digits", Chunk, Chunks(new string('0', 256) + "1\r\nx\r\n0\r\n\r\n"), RejectReason.InvalidChunk),
        Accept(
            "Two size lines of 200 octets",
            Chunk,
            Chunks("1;a=" + new string('b', 196) + "\r\nx\r\n0;a=" + new string('b', 196) + "\r\n\r\n"),
            PostChunked("x")),
        Accept(
            "Chunks whose extensions have 16384 octets together",
            Chunk,
            Chunks(ExtendedChunks(32) + "0\r\n\r\n"),
            PostChunked(new string('x', 74))),
        Reject(
            "Chunks whose extensions have 16385 octets together",
            Chunk,
            Chunks(ExtendedChunks(33) + "0\r\n\r\n"),
            RejectReason.InvalidChunk),
        Accept(
            "Extensions of one request do not count towards the next",
            Chunk,
            Chunks(ExtendedChunks(32) + "0\r\n\r\n") + Chunks("1;a=" + new string('b', 200) + "\r\nx\r\n0\r\n\r\n"),
            PostChunked(new string('x', 74)),
            PostChunked("x")),

        Accept(
            "A trailer section of 8192 octets",
            Trailer,
            Chunks("0\r\nX: " + new string('v', 8185) + "\r\n\r\n"),
            PostChunked("", "X: " + new string('v', 8185))),
        Reject(
            "A trailer section of 8193 octets",
            Trailer,
            Chunks("0\r\nX: " + new string('v', 8186) + "\r\n\r\n"),
            RejectReason.TrailerSectionTooLarge),
        Reject(
            "A trailer section that never ends",
            Trailer,
            Chunks("0\r\nX: " + new string('v', 9000)),
            RejectReason.TrailerSectionTooLarge),
        Accept(
            "A trailer section of 100 lines that are dropped",
            Trailer,
            Chunks("0\r\n" + Lines(100, "Host: b") + "\r\n\r\n"),
            PostChunked("")),
        Reject(
            "A trailer section of 101 lines",
            Trailer,
            Chunks("0\r\n" + Lines(101, "X: y") + "\r\n\r\n"),
            RejectReason.TrailerSectionTooLarge),
    ];

    private static string Target(int length) => "/" + new string('a', length - 1);

    /// <summary>73 chunks of one octet whose lines have 224 octets beyond 16 digits, and one chunk with <paramref name="more"/>.</summary>
    private static string ExtendedChunks(int more) =>
        string.Concat(Enumerable.Repeat("1;a=" + new string('b', 236) + "\r\nx\r\n", 73))
        + "1;a=" + new string('b', 12 + more) + "\r\nx\r\n";

    private static string Lines(int count, string line) => string.Join("\r\n", Enumerable.Repeat(line, count));
}
