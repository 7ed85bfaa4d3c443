// Owns: the ways in which the server ends a connection, each as what the peer sends and must receive.

using TinyHost.Tests.Support;

namespace TinyHost.Tests.SlowReaders;

/// <param name="Sent">The bytes that the peer sends.</param>
/// <param name="Requests">The requests that must be answered, each as its method and whether it is HTTP/1.0.</param>
internal sealed record ClosingWay(string Sent, params (string Method, bool IsHttp10)[] Requests)
{
    internal const int ContentLength = 1 << 20;

    private const string Host = "HTTP/1.1\r\nHost: h\r\n";
    private const string UpgradeFields = "Connection: upgrade\r\nUpgrade: line\r\n\r\n";
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
        ["Connection: close after pipelined requests"] =
            new($"GET /sized {Host}\r\nGET /small {Host}Connection: close\r\n\r\n", s_get, s_get),
        ["Connection: close followed by more bytes"] = new($"GET /sized {Host}Connection: close\r\n\r\n{new string('x', 300_000)}", s_get),
        ["HTTP/1.0"] = new("GET /sized HTTP/1.0\r\n\r\n", ("GET", true)),
        ["framing until close"] = new("GET /chunked HTTP/1.0\r\n\r\n", ("GET", true)),
        ["unread content"] = new($"POST /sized {Host}Content-Length: 400000\r\n\r\n{new string('x', 400_000)}", s_post),
        ["unread chunked content"] =
            new($"POST /sized {Host}Transfer-Encoding: chunked\r\n\r\n61a80\r\n{new string('x', 400_000)}\r\n0\r\n\r\n", s_post),
        ["an Expect without 100 Continue"] = new($"POST /sized {Host}Content-Length: 4000\r\nExpect: 100-continue\r\n\r\n", s_post),
        ["the end of an upgrade"] =
            new($"GET /upgrade {Host}{UpgradeFields}") { UpgradedLength = ContentLength },
        ["the end of an upgrade with unread bytes"] =
            new($"GET /upgrade {Host}{UpgradeFields}{new string('x', 50_000)}") { UpgradedLength = ContentLength },
        // A message with a frame head of 10 bytes, and a close frame of 4 (RFC 6455 §5.2, §5.5.1).
        ["a WebSocket's last message"] = new($"GET /websocket {Host}{WebSocketFields}") { UpgradedLength = 10 + ContentLength + 4 },
        ["the idle timeout"] = new($"GET /sized {Host}\r\n", s_get) { IdleTimeout = TimeSpan.FromSeconds(1) },
        ["the header section timeout"] =
            new($"GET /sized {Host}\r\nGET /rest", s_get, s_get) { HeaderSectionTimeout = TimeSpan.FromSeconds(1) },
        ["a rejection with much unread content"] =
            new($"GET /sized {Host}\r\nPOST /small {Host}Content-Length: 40000000\r\n\r\n{new string('x', 500_000)}", s_get, s_post),
        ["a malformed head after a response"] = new($"GET /sized {Host}\r\nNO GOOD\r\n\r\n{new string('x', 300_000)}", s_get, s_get),
        ["a graceful stop"] = new($"GET /sized {Host}\r\n", s_get) { StopsServer = true },
        ["HEAD"] = new($"GET /sized {Host}\r\nHEAD /last {Host}\r\n", s_get, ("HEAD", false)),
    };

    /// <summary>The number of bytes that must follow the head of a 101 response.</summary>
    internal int? UpgradedLength { get; private init; }

    internal TimeSpan? IdleTimeout { get; private init; }

    internal TimeSpan? HeaderSectionTimeout { get; private init; }

    /// <summary>True if the server is stopped while it sends its response.</summary>
    internal bool StopsServer { get; private init; }

    /// <summary>Fails unless every response arrived in full.</summary>
    internal void AssertComplete(string received)
    {
        if (UpgradedLength is { } length)
        {
            var head = received.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", received, StringComparison.Ordinal);
            Assert.Equal(length, received.Length - head);
            return;
        }

        var responses = ResponseReader.Read(received, Requests);
        Assert.Equal(Requests.Length, responses.Count);
        Assert.All(responses, response => Assert.NotEqual(ResponseEnd.CutOff, response.End));
        Assert.Equal(ContentLength, responses[0].Content.Length);
    }
}
