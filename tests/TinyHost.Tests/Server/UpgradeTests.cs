using System.Net.WebSockets;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class UpgradeTests
{
    private const string Request = "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: other/2, Line\r\n\r\n";

    // The key, and the expected response, from RFC 6455 §1.3.
    private const string Handshake =
        "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static async Task EchoLineAsync(RequestContext context)
    {
        context.Response.Fields["X-Line"] = "1";
        await using var stream = await context.UpgradeAsync("line");
        var buffer = new byte[64];
        int count;
        while ((count = await stream.ReadAsync(buffer)) > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count));
        }
    }

    [Fact]
    public async Task A_handler_takes_over_the_connection_with_the_bytes_after_the_head()
    {
        using var server = new MemoryServer(EchoLineAsync, new MemoryTransport().Arrive(Request + "early "));
        server.Transport.Arrive("late").FinishSending();
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: Upgrade\r\nUpgrade: line\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Line: 1\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nearly late", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_after_an_upgrade_is_read_as_a_request()
    {
        var requests = 0;
        using var server = new MemoryServer(
            async context =>
            {
                requests++;
                await using var stream = await context.UpgradeAsync("line");
            },
            new MemoryTransport().Arrive(Request + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending());
        await server.EndAsync();
        Assert.Equal(1, requests);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: line\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: deadline\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: line\r\n\r\n")]
    public async Task A_request_that_does_not_ask_for_the_protocol_cannot_be_upgraded(string request)
    {
        var sent = await MemoryServer.ExchangeAsync(request, async context =>
        {
            Assert.False(context.Request.AsksToUpgradeTo("line"));
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await context.UpgradeAsync("line"));
            await context.Response.WriteTextAsync("plain");
        });
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith("plain", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("li ne")]
    [InlineData("line,other")]
    [InlineData("/")]
    [InlineData("line/")]
    [InlineData("/2")]
    [InlineData("line/2/3")]
    [InlineData("line\r\nX-Evil: 1")]
    [InlineData("liné")]
    public async Task An_invalid_protocol_name_cannot_be_switched_to(string protocol)
    {
        var offer = $",{protocol.Split('\r')[0]},, li ne, line/, line";
        var request = $"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: {offer}\r\n\r\n";
        var sent = await MemoryServer.ExchangeAsync(request, async context =>
        {
            Assert.False(context.Request.AsksToUpgradeTo(protocol));
            var exception = await Assert.ThrowsAsync<ArgumentException>(nameof(protocol), async () => await context.UpgradeAsync(protocol));
            Assert.StartsWith(
                $"'{protocol}' is not a protocol: it must be a token, or a name and a version separated by a slash",
                exception.Message,
                StringComparison.Ordinal);
            Assert.True(context.Request.AsksToUpgradeTo("line"));
        });
        Assert.StartsWith("HTTP/1.1 200 ", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_protocol_with_a_version_can_be_switched_to()
    {
        var sent = await MemoryServer.ExchangeAsync(Request, async context => await context.UpgradeAsync("other/2"));
        Assert.Contains("\r\nUpgrade: other/2\r\n", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upgrade_that_no_handler_accepts_is_ignored()
    {
        var sent = await MemoryServer.ExchangeAsync(Request + Request, context => context.Response.WriteTextAsync("plain"));
        Assert.Equal(2, sent.Split("HTTP/1.1 200 OK").Length - 1);
    }

    [Fact]
    public async Task A_started_response_cannot_become_an_upgrade() =>
        await MemoryServer.ExchangeAsync(Request, async context =>
        {
            await context.Response.WriteTextAsync("x");
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await context.UpgradeAsync("line"));
        });

    [Fact]
    public async Task A_request_whose_content_was_refused_cannot_be_upgraded()
    {
        var sent = await MemoryServer.ExchangeAsync(Request[..^2] + "Transfer-Encoding: chunked\r\n\r\nx\r\n", async context =>
        {
            await Assert.ThrowsAsync<RequestRejectedException>(async () => await context.Request.Body.ReadAllAsync());
            await context.UpgradeAsync("line");
        });
        Assert.DoesNotContain("101", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writing_to_the_response_after_an_upgrade_throws() =>
        await MemoryServer.ExchangeAsync(Request, async context =>
        {
            await using var stream = await context.UpgradeAsync("line");
            Assert.Throws<InvalidOperationException>(() => { _ = context.Response.WriteTextAsync("x"); });
        });

    // RFC 9110 §7.8: a request with both Expect and Upgrade gets one 100 (Continue), then the 101.
    [Theory]
    [InlineData("Expect: 100-continue\r\n", "", true)]
    [InlineData("Expect: ,100-Continue\r\n", "", true)]
    [InlineData("Expect: 100-continue\r\nContent-Length: 2\r\n", "ok", true)]
    [InlineData("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "2\r\nok\r\n0\r\n\r\n", true)]
    [InlineData("Expect: ,\r\n", "", false)]
    [InlineData("Content-Length: 2\r\n", "ok", false)]
    public async Task An_expected_100_is_sent_before_the_101(string fields, string content, bool isExpected)
    {
        foreach (var isContentLate in new[] { false, true })
        {
            var head = Request[..^2] + fields + "\r\n";
            var transport = isContentLate ? new MemoryTransport().Arrive(head) : new MemoryTransport().Arrive(head + content + "early");
            using var server = new MemoryServer(
                async context =>
                {
                    await context.Request.Body.ReadAllAsync();
                    await EchoLineAsync(context);
                },
                transport);
            if (isContentLate)
            {
                // The 100 arrives before the peer sends any content.
                await transport.SentAsync(
                    sent => (content != "" && !isExpected) || sent.StartsWith("HTTP/1.1 1", StringComparison.Ordinal));
                transport.Arrive(content + "early");
            }

            transport.FinishSending();
            var sent = await server.EndAsync();
            var interim = isExpected ? "HTTP/1.1 100 Continue\r\n\r\n" : "";
            Assert.StartsWith(interim + "HTTP/1.1 101 Switching Protocols\r\n", sent, StringComparison.Ordinal);
            Assert.Equal(isExpected ? 1 : 0, sent.Split("100 Continue").Length - 1);
            Assert.EndsWith("\r\n\r\nearly", sent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_HTTP_1_0_peer_gets_neither_a_100_nor_a_101()
    {
        var request = Request.Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal)[..^2] + "Expect: 100-continue\r\n\r\n";
        var sent = await MemoryServer.ExchangeAsync(request, async context =>
        {
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await context.UpgradeAsync("line"));
        });
        Assert.StartsWith("HTTP/1.1 200 ", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_websocket_handshake_is_answered_as_RFC_6455_shows()
    {
        var offers = new[]
        {
            ("", false), ("Sec-WebSocket-Protocol: superchat, chat\r\n", true), ("Sec-WebSocket-Protocol: chatter\r\n", false),
        };
        foreach (var (offer, agreed) in offers)
        {
            var request = Handshake.Replace("\r\n\r\n", "\r\n" + offer + "\r\n", StringComparison.Ordinal);
            var sent = await MemoryServer.ExchangeAsync(request, async context =>
            {
                using var socket = await context.AcceptWebSocketAsync("chat");
                Assert.Equal(agreed ? "chat" : null, socket!.SubProtocol);
            });
            Assert.StartsWith("HTTP/1.1 101 ", sent, StringComparison.Ordinal);
            Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", sent, StringComparison.Ordinal);
            Assert.Equal(agreed, sent.Contains("Sec-WebSocket-Protocol: chat\r\n", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Cancelling_a_read_ends_it_even_if_the_peer_is_silent()
    {
        using var cancel = new CancellationTokenSource();
        using var server = new MemoryServer(
            async context =>
            {
                await using var stream = await context.UpgradeAsync("line");
                var read = stream.ReadAsync(new byte[1], cancel.Token);
                Assert.False(read.IsCompleted);
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
                await stream.WriteAsync("bye"u8.ToArray());
            },
            new MemoryTransport().Arrive(Request));
        Assert.EndsWith("bye", await server.HangUpAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Upgrade: websocket", "Upgrade: h2c", 426, "Upgrade: websocket\r\n")]
    [InlineData("Connection: Upgrade", "Connection: close", 426, "Connection: Upgrade\r\n")]
    [InlineData("GET", "POST", 426, "Upgrade: websocket\r\n")]
    [InlineData("Version: 13", "Version: 8", 426, "Sec-WebSocket-Version: 13\r\n")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "short", 400, "Content-Length")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "AAAA", 400, "Content-Length")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBs ZSBub25jZQ==", 400, "Content-Length")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBs\tZSBub25jZQ= =", 400, "Content-Length")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBs ZSBub25jZQ=", 400, "Content-Length")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQAA", 400, "Content-Length")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", 400, "Content-Length")]
    [InlineData("Sec-WebSocket-Key", "Sec-WebSocket-Kex", 400, "Content-Length")]
    public async Task A_malformed_handshake_is_refused_with_the_reason(string part, string instead, int status, string expected)
    {
        var sent = await MemoryServer.ExchangeAsync(
            Handshake.Replace(part, instead, StringComparison.Ordinal),
            async context => Assert.Null(await context.AcceptWebSocketAsync()));
        Assert.StartsWith($"HTTP/1.1 {status} ", sent, StringComparison.Ordinal);
        Assert.Contains(expected, sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 1\r\n\r\nx")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    public async Task A_handshake_with_content_is_the_clients_error(string content)
    {
        using var server = new MemoryServer(
            async context => Assert.Null(await context.AcceptWebSocketAsync()),
            new MemoryTransport().Arrive(Handshake[..^2] + content + "GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending());
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket-Accept", sent, StringComparison.Ordinal);
        // The handshake is framed like any request, so another request can follow.
        Assert.Contains("HTTP/1.1 426 ", sent, StringComparison.Ordinal);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_handshake_whose_content_was_read_is_completed()
    {
        var sent = await MemoryServer.ExchangeAsync(Handshake[..^2] + "Content-Length: 1\r\n\r\nx", async context =>
        {
            await context.Request.Body.ReadAllAsync();
            using var socket = await context.AcceptWebSocketAsync();
            Assert.NotNull(socket);
        });
        Assert.StartsWith("HTTP/1.1 101 ", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_go_both_ways_over_a_websocket()
    {
        await using var server = await TestServer.StartAsync(async context =>
        {
            using var socket = await context.AcceptWebSocketAsync();
            var buffer = new byte[70_000];
            for (; ; )
            {
                var message = await socket!.ReceiveAsync(buffer, context.Aborted);
                if (message.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.Aborted);
                    return;
                }

                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, context.Aborted);
            }
        });
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{server.EndPoints[0]}/chat"), TestContext.Current.CancellationToken);
        foreach (var text in new[] { "", "hello", new string('x', 66_000) })
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
            var received = "";
            ValueWebSocketReceiveResult part;
            do
            {
                var buffer = new byte[10_000];
                part = await client.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken);
                received += Encoding.UTF8.GetString(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            Assert.Equal(text, received);
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        Assert.Equal("bye", client.CloseStatusDescription);
    }

    [Fact]
    public async Task A_stop_that_runs_out_of_time_ends_an_upgraded_connection()
    {
        var upgraded = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(async context =>
        {
            await using var stream = await context.UpgradeAsync("line");
            upgraded.SetResult();
            await stream.ReadExactlyAsync(new byte[1], context.Aborted);
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync(Request);
        await upgraded.Task.WaitAsync(TestTimeout.Long);
        var reading = client.ReadToResetAsync();
        await server.StopAsync(new CancellationToken(canceled: true)).WaitAsync(TestTimeout.Long);
        Assert.StartsWith("HTTP/1.1 101 ", await reading, StringComparison.Ordinal);
    }
}
