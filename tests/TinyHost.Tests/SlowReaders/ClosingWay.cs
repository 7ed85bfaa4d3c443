// Owns: the ways in which the server itself ends a connection, as what a peer sends and must receive.
// Does not own: the handlers (ClosingHandlers), or how the peer reads.

using TinyHost.Tests.Support;

namespace TinyHost.Tests.SlowReaders;

/// <summary><paramref name="Requests"/> are those that are answered, each as its method and whether it is HTTP/1.0.</summary>
internal sealed record ClosingWay(string Octets, params (string Method, bool IsHttp10)[] Requests)
{
    internal const int ContentLength = 1 << 20;

    private const string Host = "HTTP/1.1\r\nHost: h\r\n";
    private const string WebSocketFields =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static readonly (string Method, bool IsHttp10) s_get = ("GET", false);
    private static readonly (string Method, bool IsHttp10) s_post = ("POST", false);

    internal static readonly IReadOnlyDictionary<string, ClosingWay> All = new Dictionary<string, ClosingWay>
    {
        ["CloseConnection"] = new($"GET /last {Host}\r\n", s_get),
        ["CloseConnection, chunked"] = new($"GET /last/chunked {Host}\r\n", s_get),
        ["CloseConnection before a pipelined request"] = new($"GET /last {Host}\r\nGET /sized {Host}\r\n", s_get),
        ["Connection: close"] = new($"GET /sized {Host}Connection: close\r\n\r\n", s_get),
        ["Connection: close behind pipelined requests"] = new($"GET /sized {Host}\r\nGET /small {Host}Connection: close\r\n\r\n", s_get, s_get),
        ["Connection: close before more bytes"] = new($"GET /sized {Host}Connection: close\r\n\r\n{new string('x', 300_000)}", s_get),
        ["HTTP/1.0"] = new("GET /sized HTTP/1.0\r\n\r\n", ("GET", true)),
        ["framing until close"] = new("GET /chunked HTTP/1.0\r\n\r\n", ("GET", true)),
        ["unread content"] = new($"POST /sized {Host}Content-Length: 400000\r\n\r\n{new string('x', 400_000)}", s_post),
        ["unread chunked content"] = new($"POST /sized {Host}Transfer-Encoding: chunked\r\n\r\n61a80\r\n{new string('x', 400_000)}\r\n0\r\n\r\n", s_post),
        ["an Expect that is never continued"] = new($"POST /sized {Host}Content-Length: 4000\r\nExpect: 100-continue\r\n\r\n", s_post),
        ["the end of an upgrade"] = new($"GET /upgrade {Host}Connection: upgrade\r\nUpgrade: line\r\n\r\n") { UpgradedOctets = ContentLength },
        ["the end of an upgrade with unread bytes"] =
            new($"GET /upgrade {Host}Connection: upgrade\r\nUpgrade: line\r\n\r\n{new string('x', 50_000)}") { UpgradedOctets = ContentLength },
        // A frame's head of 10 bytes, and a close frame of 4 (RFC 6455 §5.2, §5.5.1).
        ["a WebSocket's last message"] = new($"GET /websocket {Host}{WebSocketFields}") { UpgradedOctets = 10 + ContentLength + 4 },
        ["the idle timeout"] = new($"GET /sized {Host}\r\n", s_get) { IdleTimeout = TimeSpan.FromSeconds(1) },
        ["the timeout of a head"] = new($"GET /sized {Host}\r\nGET /rest", s_get, s_get) { HeaderSectionTimeout = TimeSpan.FromSeconds(1) },
        ["a refusal with much unread content"] =
            new($"GET /sized {Host}\r\nPOST /small {Host}Content-Length: 40000000\r\n\r\n{new string('x', 500_000)}", s_get, s_post),
        ["a malformed head behind a response"] = new($"GET /sized {Host}\r\nNO GOOD\r\n\r\n{new string('x', 300_000)}", s_get, s_get),
        ["a graceful stop"] = new($"GET /sized {Host}\r\n", s_get) { StopsServer = true },
        ["HEAD"] = new($"GET /sized {Host}\r\nHEAD /last {Host}\r\n", s_get, ("HEAD", false)),
    };

    /// <summary>What must come behind the head of a 101.</summary>
    internal int? UpgradedOctets { get; private init; }

    internal TimeSpan? IdleTimeout { get; private init; }

    internal TimeSpan? HeaderSectionTimeout { get; private init; }

    /// <summary>Whether the server is stopped while its response is on the way.</summary>
    internal bool StopsServer { get; private init; }

    /// <summary>Fails unless everything has arrived, whole.</summary>
    internal void AssertArrived(string received)
    {
        if (UpgradedOctets is { } octets)
        {
            var head = received.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", received, StringComparison.Ordinal);
            Assert.Equal(octets, received.Length - head);
            return;
        }

        var responses = ResponseReader.Read(received, Requests);
        Assert.Equal(Requests.Length, responses.Count);
        Assert.All(responses, response => Assert.NotEqual(ResponseEnd.CutOff, response.End));
        Assert.Equal(ContentLength, responses[0].Content.Length);
    }
}
