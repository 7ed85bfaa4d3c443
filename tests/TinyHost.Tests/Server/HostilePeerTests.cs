// Owns: tests of peers that leave at any point of a connection, over real sockets.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HostilePeerTests
{
    private const int Peers = 20;
    private const string Get = "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string GetLarge = "GET /large HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string Post = "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n";

    private static readonly Dictionary<string, Func<RawClient, Task>> s_acts = new()
    {
        ["inside the request line"] = client => client.SendAsync("GET / HT"),
        ["inside the header section"] = client => client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\nX"),
        ["inside a second head"] = async client =>
        {
            await client.SendAsync(Get + "GET");
            await client.ReadResponseAsync();
        },
        ["inside content of known length"] = async client =>
        {
            await client.SendAsync(Post + "Content-Length: 100000\r\n\r\n");
            Assert.Equal(100, (await client.ReadResponseAsync()).Status);
            await client.SendAsync("part of it");
        },
        ["inside a chunk"] = async client =>
        {
            await client.SendAsync(Post + "Transfer-Encoding: chunked\r\n\r\n");
            Assert.Equal(100, (await client.ReadResponseAsync()).Status);
            await client.SendAsync("5\r\nabcde\r\n5\r\nab");
        },
        ["inside a chunk line"] = async client =>
        {
            await client.SendAsync(Post + "Transfer-Encoding: chunked\r\n\r\n");
            Assert.Equal(100, (await client.ReadResponseAsync()).Status);
            await client.SendAsync("5\r\nabcde\r\n5");
        },
        ["inside a response"] = async client =>
        {
            await client.SendAsync(GetLarge);
            await client.ReadHeadAsync();
        },
        ["between requests"] = async client => await client.GetAsync("/echo"),
        ["with half of the pipelined requests answered"] = async client =>
        {
            await client.SendAsync(string.Concat(Enumerable.Repeat(Get, 8)) + string.Concat(Enumerable.Repeat(GetLarge, 8)));
            for (var i = 0; i < 8; i++)
            {
                await client.ReadResponseAsync();
            }

            await client.ReadHeadAsync();
        },
    };

    public static TheoryData<string> Acts() => [.. s_acts.Keys];

    private static async Task AppAsync(RequestContext context)
    {
        if (context.Request.Path == "/large")
        {
            // More than the socket buffers hold while the peer is not reading.
            var piece = new byte[65_536];
            for (var i = 0; i < 1_024; i++)
            {
                await context.Response.WriteAsync(piece);
            }
        }
        else
        {
            context.Response.ContentLength = (await context.Request.Body.ReadAllAsync()).Length;
        }
    }

    [Theory]
    [MemberData(nameof(Acts))]
    public async Task A_peer_that_resets_loses_only_its_connection_and_is_not_logged(string act)
    {
        await using var server = await WatchedServer.StartAsync(AppAsync);
        using var steady = await server.ConnectAsync();

        await Task.WhenAll(Enumerable.Range(0, Peers).Select(async _ =>
        {
            using var peer = await server.ConnectAsync();
            await s_acts[act](peer);
            peer.Reset();
        }));

        Assert.Equal(Enumerable.Repeat("reset_by_peer", Peers), await server.ClosedAsync(Peers));
        Assert.Equal("ok", (await steady.GetAsync("/ok")).Content);
        await server.AssertServesAsync();
        steady.Dispose();
        await server.EmptyAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Theory]
    [InlineData("", "closed_by_peer", "")]
    [InlineData("GET / HT", "reset_by_peer", "HTTP/1.1 400 ")]
    [InlineData("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc", "reset_by_peer", "HTTP/1.1 400 ")]
    [InlineData("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "reset_by_peer", "HTTP/1.1 400 ")]
    [InlineData(Get + "GET / HT", "reset_by_peer", "HTTP/1.1 200 ")]
    public async Task A_peer_that_ends_inside_a_message_gets_an_error_response(string input, string reason, string answer)
    {
        await using var server = await WatchedServer.StartAsync(AppAsync);
        using (var peer = await server.ConnectAsync())
        {
            await peer.SendAsync(input);
            peer.FinishSending();
            Assert.StartsWith(answer, await peer.ReadToEndAsync(), StringComparison.Ordinal);
        }

        Assert.Equal([reason], await server.ClosedAsync(1));
        await server.EmptyAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task Peers_that_reset_right_after_they_connect_are_noticed()
    {
        await using var server = await WatchedServer.StartAsync(AppAsync);
        for (var i = 0; i < 200; i++)
        {
            (await server.ConnectAsync()).Reset();
        }

        await server.AssertServesAsync();
        await server.EmptyAsync();
        Assert.Equal(0, server.Log.Errors);
    }
}
