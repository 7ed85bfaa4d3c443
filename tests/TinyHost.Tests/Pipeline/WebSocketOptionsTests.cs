// Owns: tests of WebSocketOptions: the accepted values, and their effect on the wire.

using System.Net.WebSockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class WebSocketOptionsTests
{
    private const string Handshake =
        "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private const char Ping = '\u0089';
    private const char Pong = '\u008a';

    [Fact]
    public void Pings_require_no_answer_by_default()
    {
        var options = new WebSocketOptions();
        Assert.Equal((TimeSpan.FromSeconds(30), Timeout.InfiniteTimeSpan), (options.KeepAliveInterval, options.KeepAliveTimeout));
        Assert.Empty(options.SubProtocols);
    }

    // A handler that only sends never reads, so it never sees a pong.
    [Fact]
    public async Task A_send_only_socket_is_kept_alive_by_unsolicited_pongs()
    {
        var isOpen = false;
        await using var server = await TestServer.StartAsync(async context =>
        {
            var options = new WebSocketOptions { KeepAliveInterval = TimeSpan.FromMilliseconds(10) };
            using var socket = await context.AcceptWebSocketAsync(options);
            while (context.Request.RawQuery == "")
            {
                // Send until the peer has received enough.
                await socket!.SendAsync("x"u8.ToArray(), WebSocketMessageType.Text, true, context.Aborted);
                await Task.Delay(1, context.Aborted);
                isOpen = socket.State == WebSocketState.Open;
            }
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync(Handshake + "\r\n");
        await client.ReadHeadAsync();
        var frames = "";
        while (frames.Count(frame => frame == Pong) < 3)
        {
            frames += await client.ReadCountAsync(1);
        }

        Assert.DoesNotContain(Ping, frames);
        await Until.TrueAsync(() => Volatile.Read(ref isOpen));
    }

    [Fact]
    public async Task A_missing_pong_ends_the_socket_without_an_error()
    {
        // A reset over a socket might take the ping with it.
        using var server = new MemoryServer(async context =>
        {
            var shortly = TimeSpan.FromMilliseconds(10);
            var options = new WebSocketOptions { KeepAliveInterval = shortly, KeepAliveTimeout = shortly };
            using var socket = await context.AcceptWebSocketAsync(options);
            await socket!.ReceiveAsync(new byte[1], CancellationToken.None);
        });
        server.Transport.Arrive(Handshake + "\r\n");
        Assert.Contains(Ping, await server.HangUpAsync());
        Assert.Equal([], server.Log.Entries.Where(entry => entry.Level > Microsoft.Extensions.Logging.LogLevel.Information));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("chat.v1", "chat.v1")]
    [InlineData("chat.v1, chat.v2", "chat.v2")]
    [InlineData("other,chat.v2 ,chat.v1", "chat.v2")]
    [InlineData("Chat.V2", null)]
    [InlineData("chat.v2x, xchat.v2", null)]
    public async Task The_first_supported_subprotocol_that_the_peer_offers_is_chosen(string offer, string? agreed)
    {
        var request = Handshake + (offer == "" ? "" : $"Sec-WebSocket-Protocol: {offer}\r\n") + "\r\n";
        var sent = await MemoryServer.ExchangeAsync(request, async context =>
        {
            using var socket = await context.AcceptWebSocketAsync(new WebSocketOptions { SubProtocols = ["chat.v2", "chat.v1"] });
            Assert.Equal(agreed, socket!.SubProtocol);
        });
        Assert.StartsWith("HTTP/1.1 101 ", sent, StringComparison.Ordinal);
        Assert.Equal(agreed is not null, sent.Contains($"Sec-WebSocket-Protocol: {agreed}\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compression_offered_by_the_peer_is_declined()
    {
        var sent = await MemoryServer.ExchangeAsync(Handshake + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", async context =>
        {
            using var socket = await context.AcceptWebSocketAsync();
            Assert.NotNull(socket);
        });
        Assert.DoesNotContain("Sec-WebSocket-Extensions", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("chat\r\n")]
    [InlineData("châT")]
    public async Task A_subprotocol_that_is_not_a_token_is_refused(string subProtocol)
    {
        var refusal = Assert.Throws<ArgumentException>(() => new WebSocketOptions { SubProtocols = ["chat", subProtocol] });
        Assert.StartsWith($"Not a subprotocol: '{subProtocol}'", refusal.Message, StringComparison.Ordinal);
        await MemoryServer.ExchangeAsync(Handshake + "Sec-WebSocket-Protocol: chat,,\r\n\r\n", async context =>
            await Assert.ThrowsAsync<ArgumentException>(() => context.AcceptWebSocketAsync(subProtocol)));
    }

    // A time too long for a timer would otherwise fail after the handshake, when the socket is created.
    [Theory]
    [InlineData(-2)]
    [InlineData(-10_000_000)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData((uint.MaxValue - 1L) * 10_000 + 1)]
    public void A_time_too_long_for_a_timer_is_refused(long ticks)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebSocketOptions { KeepAliveInterval = TimeSpan.FromTicks(ticks) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebSocketOptions { KeepAliveTimeout = TimeSpan.FromTicks(ticks) });
    }

    [Theory]
    [InlineData(-1, -1)]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    [InlineData(-1, 1_000)]
    [InlineData(uint.MaxValue - 1L, uint.MaxValue - 1L)]
    [InlineData(1, uint.MaxValue - 1L)]
    public async Task Every_accepted_time_creates_a_socket(long interval, long timeout)
    {
        var sent = await MemoryServer.ExchangeAsync(Handshake + "\r\n", async context =>
        {
            var options = new WebSocketOptions
            {
                KeepAliveInterval = TimeSpan.FromMilliseconds(interval),
                KeepAliveTimeout = TimeSpan.FromMilliseconds(timeout),
            };
            using var socket = await context.AcceptWebSocketAsync(options);
            Assert.NotNull(socket);
        });
        Assert.StartsWith("HTTP/1.1 101 ", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Null_for_options_or_subprotocols_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new WebSocketOptions { SubProtocols = null! });
        Assert.Throws<ArgumentException>(() => new WebSocketOptions { SubProtocols = [null!] });
        await MemoryServer.ExchangeAsync(Handshake + "\r\n", async context =>
            await Assert.ThrowsAsync<ArgumentNullException>(() => context.AcceptWebSocketAsync((WebSocketOptions)null!)));
    }
}
