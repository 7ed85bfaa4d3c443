// Owns: the peers of the soak test: each opens one connection and leaves it in its own way.

using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace TinyHost.Soak;

internal static class Peers
{
    private const string Upload = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";
    private const string ChunkedUpload = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private static readonly string[] s_malformed =
    [
        "NO GOOD\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "\0\0\0\0", "GET / HTTP/9.9\r\nHost: h\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ];

    internal static readonly IReadOnlyList<Func<IPEndPoint, Random, Task>> All =
    [
        // An ordinary client.
        async (server, _) =>
        {
            using var peer = await ConnectAsync(server);
            for (var i = 0; i < 5; i++)
            {
                await SendAsync(peer, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
                await ReadThroughAsync(peer, "\r\n\r\nhello");
            }
        },
        // A client that pipelines.
        async (server, _) =>
        {
            using var peer = await ConnectAsync(server);
            var requests = string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 15));
            await SendAsync(peer, requests + "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            var received = await ReadToEndAsync(peer);
            Require(received.Split("HTTP/1.1 200 OK").Length == 17, $"16 pipelined requests did not receive 16 responses but: {received}");
        },
        // A client that finishes sending before it reads.
        async (server, _) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            peer.Shutdown(SocketShutdown.Send);
            var received = await ReadToEndAsync(peer);
            Require(received.EndsWith("hello", StringComparison.Ordinal), $"A half-closed connection received: {received}");
        },
        // A peer that leaves in the middle of a head.
        async (server, random) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, "GET / HTTP/1.1\r\nHo"[..random.Next(18)]);
            await Task.Delay(random.Next(50));
        },
        // Peers that reset the connection: during a large response, while idle, during an upload, during a chunked upload.
        (server, random) => ResetAfterAsync(
            server, "GET /large HTTP/1.1\r\nHost: h\r\n\r\nGET /large HTTP/1.1\r\nHost: h\r\n\r\n", random),
        (server, random) => ResetAfterAsync(server, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", random),
        (server, random) => ResetAfterAsync(server, Upload + Content(random.Next(99_999)), random),
        (server, random) => ResetAfterAsync(server, ChunkedUpload + Content(random.Next(60_000)), random),
        // A peer that finishes sending in the middle of an upload.
        async (server, random) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, Upload + Content(random.Next(99_999)));
            peer.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(peer);
        },
        // A peer that sends a malformed request.
        async (server, random) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, s_malformed[random.Next(s_malformed.Length)]);
            peer.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(peer);
        },
        // A client whose handler throws.
        async (server, _) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, "GET /throw HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            var received = await ReadToEndAsync(peer);
            Require(
                received.StartsWith("HTTP/1.1 500 ", StringComparison.Ordinal),
                $"A request whose handler throws was not answered with 500 but: {received}");
        },
        // A client that upgrades, then closes or resets.
        async (server, random) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, "GET /line HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: line\r\n\r\nearly late");
            await ReadThroughAsync(peer, "early late");
            if (random.Next(2) == 0)
            {
                peer.Close(timeout: 0);
            }
        },
        // A WebSocket client that closes or aborts.
        async (server, random) =>
        {
            using var socket = new ClientWebSocket();
            using var limit = new CancellationTokenSource(s_limit);
            await socket.ConnectAsync(new Uri($"ws://{server}/websocket"), limit.Token);
            var buffer = new byte[16];
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
            Require((await socket.ReceiveAsync(buffer, limit.Token)).Count == 5, "A WebSocket message was not echoed.");
            if (random.Next(2) == 0)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            }
            else
            {
                socket.Abort();
            }
        },
    ];

    private static string Content(int length) => new('x', length);

    private static async Task ResetAfterAsync(IPEndPoint server, string bytes, Random random)
    {
        using var peer = await ConnectAsync(server);
        await SendAsync(peer, bytes);
        if (random.Next(2) == 0)
        {
            await Task.Delay(random.Next(10));
        }

        peer.Close(timeout: 0);
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return socket;
    }

    private static async Task SendAsync(Socket peer, string bytes)
    {
        try
        {
            await peer.SendAsync(Encoding.Latin1.GetBytes(bytes));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // A server that rejects a request may close before it has received all of it. The caller reads its response next.
        }
    }

    private static async Task ReadThroughAsync(Socket peer, string end)
    {
        var received = new StringBuilder();
        while (!received.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var piece = await ReadAsync(peer);
            Require(piece.Length > 0, $"The connection ended before '{end}' arrived. Received: {received}");
            received.Append(piece);
        }
    }

    private static async Task<string> ReadToEndAsync(Socket peer)
    {
        var received = new StringBuilder();
        for (string piece; (piece = await ReadAsync(peer)).Length > 0;)
        {
            received.Append(piece);
        }

        return received.ToString();
    }

    private static async Task<string> ReadAsync(Socket peer)
    {
        using var limit = new CancellationTokenSource(s_limit);
        var buffer = new byte[16_384];
        return Encoding.Latin1.GetString(buffer.AsSpan(0, await peer.ReceiveAsync(buffer, limit.Token)));
    }

    private static void Require(bool condition, string failure)
    {
        if (!condition)
        {
            throw new SoakException(failure);
        }
    }
}

/// <summary>A failure found by the soak test.</summary>
internal sealed class SoakException(string failure) : Exception(failure);
