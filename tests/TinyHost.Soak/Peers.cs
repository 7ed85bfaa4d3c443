// Owns: the peers of the soak, orderly and not: each makes one connection and leaves it in a way of its own.
// Does not own: what the server must do about it; only orderly peers demand their answer.

using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace TinyHost.Soak;

internal static class Peers
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private static readonly string[] s_malformed =
    [
        "NO GOOD\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "\0\0\0\0", "GET / HTTP/9.9\r\nHost: h\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ];

    internal static readonly IReadOnlyDictionary<string, Func<IPEndPoint, Random, Task>> All = new Dictionary<string, Func<IPEndPoint, Random, Task>>
    {
        ["orderly"] = async (server, _) =>
        {
            using var peer = await ConnectAsync(server);
            for (var i = 0; i < 5; i++)
            {
                await SendAsync(peer, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
                await ReadThroughAsync(peer, "\r\n\r\nhello");
            }
        },
        ["pipelined"] = async (server, _) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 15)) + "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            var received = await ReadToEndAsync(peer);
            Demand(received.Split("HTTP/1.1 200 OK").Length == 17, $"16 pipelined requests did not get 16 responses but: {received}");
        },
        ["half-close"] = async (server, _) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            peer.Shutdown(SocketShutdown.Send);
            var received = await ReadToEndAsync(peer);
            Demand(received.EndsWith("hello", StringComparison.Ordinal), $"A peer that finished sending was not answered but received: {received}");
        },
        ["silent"] = async (server, random) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, "GET / HTTP/1.1\r\nHo"[..random.Next(18)]);
            await Task.Delay(random.Next(50));
        },
        ["reset"] = (server, random) => ResetAfterAsync(server, "GET /large HTTP/1.1\r\nHost: h\r\n\r\nGET /large HTTP/1.1\r\nHost: h\r\n\r\n", random),
        ["reset while idle"] = (server, random) => ResetAfterAsync(server, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", random),
        ["aborted upload"] = (server, random) =>
            ResetAfterAsync(server, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + new string('x', random.Next(99_999)), random),
        ["aborted chunks"] = (server, random) =>
            ResetAfterAsync(server, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + new string('x', random.Next(60_000)), random),
        ["unfinished upload"] = async (server, random) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + new string('x', random.Next(99_999)));
            peer.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(peer);
        },
        ["malformed"] = async (server, random) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, s_malformed[random.Next(s_malformed.Length)]);
            peer.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(peer);
        },
        ["failing handler"] = async (server, _) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, "GET /throw HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            var received = await ReadToEndAsync(peer);
            Demand(received.StartsWith("HTTP/1.1 500 ", StringComparison.Ordinal), $"A handler that failed was not answered with 500 but: {received}");
        },
        ["upgrade"] = async (server, random) =>
        {
            using var peer = await ConnectAsync(server);
            await SendAsync(peer, "GET /line HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: line\r\n\r\nearly late");
            await ReadThroughAsync(peer, "early late");
            Leave(peer, random);
        },
        ["WebSocket"] = async (server, random) =>
        {
            using var socket = new ClientWebSocket();
            using var limit = new CancellationTokenSource(s_limit);
            await socket.ConnectAsync(new Uri($"ws://{server}/websocket"), limit.Token);
            var buffer = new byte[16];
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
            Demand((await socket.ReceiveAsync(buffer, limit.Token)).Count == 5, "A WebSocket did not echo its message.");
            if (random.Next(2) == 0)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            }
            else
            {
                socket.Abort();
            }
        },
    };

    private static async Task ResetAfterAsync(IPEndPoint server, string octets, Random random)
    {
        using var peer = await ConnectAsync(server);
        await SendAsync(peer, octets);
        if (random.Next(2) == 0)
        {
            await Task.Delay(random.Next(10));
        }

        peer.Close(timeout: 0);
    }

    private static void Leave(Socket peer, Random random)
    {
        if (random.Next(2) == 0)
        {
            peer.Close(timeout: 0);
        }
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return socket;
    }

    /// <summary>A server that refuses a request may close before it has come whole.</summary>
    private static async Task SendAsync(Socket peer, string octets)
    {
        try
        {
            await peer.SendAsync(Encoding.Latin1.GetBytes(octets));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // What the server sent before that is read next.
        }
    }

    private static async Task ReadThroughAsync(Socket peer, string end)
    {
        var received = new StringBuilder();
        while (!received.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var piece = await ReadAsync(peer);
            Demand(piece.Length > 0, $"The connection ended before '{end}' had come; received so far: {received}");
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

    private static void Demand(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new SoakException(otherwise);
        }
    }
}

/// <summary>What the soak found wrong, as one sentence.</summary>
internal sealed class SoakException(string sentence) : Exception(sentence);
