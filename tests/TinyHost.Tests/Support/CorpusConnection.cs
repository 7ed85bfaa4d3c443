// Owns: cases on persistence, RFC 9112 §9.3, on connection options and upgrades, RFC 9110 §7.6.1 and §7.8, and on Expect, §10.1.1.

using static TinyHost.Tests.Support.CorpusCase;

namespace TinyHost.Tests.Support;

internal static class CorpusConnection
{
    private const string Persistence = "RFC 9112 §9.3";
    private const string Options = "RFC 9110 §7.6.1";
    private const string Upgrade = "RFC 9110 §7.8";
    private const string Expect = "RFC 9110 §10.1.1";

    internal static readonly CorpusCase[] Cases =
    [
        Closing("Connection of close", Persistence, "Connection: close"),
        Closing("Connection of close in upper case", Options, "Connection: CLOSE"),
        Closing("Connection of close in mixed case", Options, "cOnNeCtIoN: cLoSe"),
        Closing("Close first in a list", Options, "Connection: close, x"),
        Closing("Close last in a list", Options, "Connection: x, close"),
        Closing("Close in a list with white space", Options, "Connection: x \t,\t close \t, y"),
        Closing("Close in a list with empty elements", Options, "Connection: ,, close ,"),
        Closing("Close twice in a list", Options, "Connection: close, close"),
        Closing("Close in a second field", Options, "Connection: x\r\nConnection: close"),
        Closing("Close wins over keep-alive after it", Persistence, "Connection: close, keep-alive"),
        Closing("Close wins over keep-alive before it", Persistence, "Connection: keep-alive, close"),
        Closing("Close wins over keep-alive in another field", Persistence, "Connection: keep-alive\r\nConnection: close"),
        Lasting("Connection of keep-alive", Persistence, "Connection: keep-alive"),
        Lasting("Connection that is empty", Options, "Connection:"),
        Lasting("Connection with an unknown option", Options, "Connection: x"),
        Lasting("Connection with an option that begins like close", Options, "Connection: closed"),
        Lasting("Connection with an option that ends like close", Options, "Connection: disclose"),
        Lasting("Connection with close among words", Options, "Connection: do close"),
        Lasting("Proxy-Connection is not Connection", "RFC 9112 appendix C.2.2", "Proxy-Connection: close"),
        Lasting("Keep-Alive is not Connection", Persistence, "Keep-Alive: timeout=5"),
        Old("HTTP/1.0 without Connection", Persistence, "X: y", persistent: false),
        Old("HTTP/1.0 with keep-alive", Persistence, "Connection: keep-alive", persistent: true),
        Old("HTTP/1.0 with keep-alive in mixed case", Persistence, "Connection: Keep-Alive", persistent: true),
        Old("HTTP/1.0 with keep-alive in a list", Persistence, "Connection: x, keep-alive", persistent: true),
        Old("HTTP/1.0 with keep-alive twice", Persistence, "Connection: keep-alive, keep-alive", persistent: true),
        Old("HTTP/1.0 with close", Persistence, "Connection: close", persistent: false),
        Old("HTTP/1.0 with keep-alive and close", Persistence, "Connection: keep-alive, close", persistent: false),
        Old("HTTP/1.0 with another option", Persistence, "Connection: x", persistent: false),
        Accept(
            "Nothing after Connection close is read as a request",
            Persistence,
            Fields("Connection: close") + Line("GET /2 HTTP/1.1"),
            Get("/") with { Persistent = false }),
        Accept(
            "Octets after Connection close are not examined",
            Persistence,
            Fields("Connection: close") + "\0\u0001 nonsense",
            Get("/") with { Persistent = false }),
        Accept(
            "Nothing after content and Connection close is read as a request",
            Persistence,
            Post("Connection: close\r\nContent-Length: 1", "x") + Line("GET /2 HTTP/1.1"),
            PostLength("x") with { Persistent = false }),
        Accept(
            "Connection close with chunks",
            Persistence,
            Post("Connection: close\r\nTransfer-Encoding: chunked", "1\r\nx\r\n0\r\n\r\n"),
            PostChunked("x") with { Persistent = false }),

        Lasting("An upgrade", Upgrade, "Connection: Upgrade\r\nUpgrade: websocket", upgrade: true),
        Lasting("An upgrade with keep-alive", Upgrade, "Connection: keep-alive, Upgrade\r\nUpgrade: websocket", upgrade: true),
        Lasting(
            "An upgrade with its connection option twice",
            Upgrade,
            "Connection: Upgrade, Upgrade\r\nUpgrade: websocket",
            upgrade: true),
        Lasting("An upgrade before its connection option", Upgrade, "Upgrade: h2c\r\nConnection: upgrade", upgrade: true),
        Lasting("An upgrade without its connection option is ignored", Upgrade, "Upgrade: websocket"),
        Lasting("The connection option of an upgrade alone is ignored", Upgrade, "Connection: upgrade"),
        Accept(
            "An upgrade on HTTP/1.0 is ignored",
            Upgrade,
            "GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            Get("/") with { MinorVersion = 0, Persistent = false }),
        Accept(
            "A WebSocket's handshake",
            "RFC 6455 §4.1",
            "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            Get("/chat") with { UpgradeRequested = true }),

        Accept(
            "An expectation of 100-continue",
            Expect,
            Post("Expect: 100-continue\r\nContent-Length: 1", "x"),
            PostLength("x") with { ExpectContinue = true }),
        Accept(
            "An expectation of 100-continue in upper case",
            Expect,
            Post("Expect: 100-CONTINUE\r\nContent-Length: 1", "x"),
            PostLength("x") with { ExpectContinue = true }),
        Accept(
            "An expectation of 100-continue in mixed case",
            Expect,
            Post("eXpEcT: 100-Continue\r\nContent-Length: 1", "x"),
            PostLength("x") with { ExpectContinue = true }),
        Accept(
            "An expectation with chunks",
            Expect,
            Post("Expect: 100-continue\r\nTransfer-Encoding: chunked", "1\r\nx\r\n0\r\n\r\n"),
            PostChunked("x") with { ExpectContinue = true }),
        Accept(
            "An expectation twice",
            Expect,
            Post("Expect: 100-continue, 100-continue\r\nContent-Length: 1", "x"),
            PostLength("x") with { ExpectContinue = true }),
        Accept(
            "An expectation in two fields",
            Expect,
            Post("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1", "x"),
            PostLength("x") with { ExpectContinue = true }),
        Accept("An expectation without content asks for nothing", Expect, Fields("Expect: 100-continue"), Get("/")),
        Accept(
            "An expectation with content of no octets asks for nothing",
            Expect,
            Post("Expect: 100-continue\r\nContent-Length: 0", ""),
            PostLength("")),
        Accept(
            "An expectation on HTTP/1.0 is ignored",
            Expect,
            "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
            PostLength("x") with { MinorVersion = 0, Persistent = false }),
        Accept("An Expect field that is empty", "RFC 9110 §5.6.1.2", Post("Expect:\r\nContent-Length: 1", "x"), PostLength("x")),
        Unexpected("An unknown expectation", "Expect: 200-ok"),
        Unexpected("An expectation of 100", "Expect: 100"),
        Unexpected("An expectation with a letter more", "Expect: 100-continued"),
        Unexpected("An expectation with a parameter", "Expect: 100-continue;a=b"),
        Unexpected("An expectation with a value", "Expect: 100-continue=yes"),
        Unexpected("An expectation in quotes", "Expect: \"100-continue\""),
        Unexpected("An unknown expectation twice", "Expect: foo, foo"),
        Unexpected("An unknown expectation with 100-continue", "Expect: 100-continue, foo"),
        Unexpected("An unknown expectation in a second field", "Expect: 100-continue\r\nExpect: foo"),
        Reject("An unknown expectation without content", Expect, Fields("Expect: foo"), RejectReason.UnsupportedExpectation),
        Reject(
            "An unknown expectation on HTTP/1.0",
            Expect,
            "POST / HTTP/1.0\r\nExpect: foo\r\nContent-Length: 1\r\n\r\nx",
            RejectReason.UnsupportedExpectation),
    ];

    private static CorpusCase Closing(string name, string section, string lines) =>
        Accept(name, section, Fields(lines), Get("/") with { Persistent = false });

    private static CorpusCase Lasting(string name, string section, string lines, bool upgrade = false) =>
        Accept(name, section, Fields(lines), Get("/") with { UpgradeRequested = upgrade });

    private static CorpusCase Old(string name, string section, string lines, bool persistent) =>
        Accept(name, section, "GET / HTTP/1.0\r\n" + lines + "\r\n\r\n", Get("/") with { MinorVersion = 0, Persistent = persistent });

    private static CorpusCase Unexpected(string name, string lines) =>
        Reject(name, Expect, Post(lines + "\r\nContent-Length: 1", "x"), RejectReason.UnsupportedExpectation);
}
