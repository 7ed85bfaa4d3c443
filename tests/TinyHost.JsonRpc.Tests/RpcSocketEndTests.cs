// Owns: tests of how WebSockets end: close codes, stops, departures, and peers that break the rules.

using System.Net.WebSockets;
using System.Text;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class RpcSocketEndTests
{
    private const int Text = 1;
    private const int Binary = 2;
    private const int CloseFrame = 8;
    private const int Ping = 9;

    public static TheoryData<string, byte[], int> Violations => new()
    {
        { "a binary message", RawSocketPeer.Frame(Binary, "[]"u8), 1003 },
        { "text that is not UTF-8", RawSocketPeer.Frame(Text, [(byte)'"', 0xFF, (byte)'"']), 1007 },
        { "a surrogate", RawSocketPeer.Frame(Text, [0xED, 0xA0, 0x80]), 1007 },
        { "half a character", RawSocketPeer.Frame(Text, [0xC3]), 1007 },
        { "no mask", RawSocketPeer.Frame(Text, "[     ]"u8, isMasked: false), 1002 },
        { "a reserved opcode", RawSocketPeer.Frame(3, "[]"u8), 1002 },
        { "a continuation of nothing", RawSocketPeer.Frame(0, "[]"u8), 1002 },
        { "a ping in fragments", RawSocketPeer.Frame(Ping, "x"u8, isLast: false), 1002 },
        { "a long ping", RawSocketPeer.Frame(Ping, new byte[126]), 1002 },
        { "a new message within another", [.. RawSocketPeer.Frame(Text, "["u8, isLast: false), .. RawSocketPeer.Frame(Text, "]"u8)], 1002 },
        { "a long message", RawSocketPeer.Frame(Text, new byte[1_001]), 1009 },
        {
            "a long message in fragments",
            [.. RawSocketPeer.Frame(Text, new byte[600], isLast: false), .. RawSocketPeer.Frame(0, new byte[600], isLast: false)],
            1009
        },
        { "a code that nobody may send", RawSocketPeer.Frame(CloseFrame, [0x03, 0xED]), 1002 },
        { "a close frame", RawSocketPeer.Frame(CloseFrame, [0x03, 0xE8]), 1000 },
        { "a close frame of the application", RawSocketPeer.Frame(CloseFrame, [0x0F, 0xA0]), 4000 },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task A_peer_that_breaks_the_rules_gets_the_code_for_it(string what, byte[] sent, int code)
    {
        await using var server = await RpcSocketServer.StartAsync(options => options.MaxMessageSize = 1_000);
        using var peer = await RawSocketPeer.ConnectAsync(server.Port);
        await peer.SendAsync(Text, RpcSocketServer.Call("add", "1", "[1,2]"));
        Assert.Contains("\"result\":3", await peer.ReceiveTextAsync(), StringComparison.Ordinal);
        await peer.WriteAsync(sent);
        Assert.Equal((what, code), (what, await peer.ClosedAsync()));
        Assert.Equal(code == 1009 ? ["message_size"] : [], server.Limits);
        await peer.WriteAsync(RawSocketPeer.Frame(CloseFrame, []));
        await peer.EndAsync();
        await Until.TrueAsync(() => server.Open == 0);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_the_close_frame_is_cut_off()
    {
        await using var server = await RpcSocketServer.StartAsync();
        using var peer = await RawSocketPeer.ConnectAsync(server.Port);
        await peer.WriteAsync(RawSocketPeer.Frame(Binary, "x"u8));
        Assert.Equal(1003, await peer.ClosedAsync());
        await Until.TrueAsync(() =>
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            return server.Open == 0;
        });
        await peer.EndAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_connection_without_messages_is_closed()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await RpcSocketServer.StartAsync(
            options => (options.WebSockets.IdleTimeout, options.CallTimeout) = (TimeSpan.FromSeconds(60), TimeSpan.Zero),
            handler => handler.Add("wait", async _ =>
            {
                await release.Task;
                return null;
            }));
        using var socket = await server.ConnectAsync();
        await socket.CallAsync("add", "1", "[1,2]");
        server.Time.Advance(TimeSpan.FromSeconds(50));
        await socket.CallAsync("add", "1", "[1,2]");
        server.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.True(await server.Handler.Connections[0].NotifyAsync("tick"));
        await socket.ReceiveAsync();
        server.Time.Advance(TimeSpan.FromSeconds(50));
        // A call in progress keeps the connection. The reply to the second message shows that the first has begun.
        await socket.SendAsync(RpcSocketServer.Call("wait", "2"));
        Assert.Contains("\"id\":3", await socket.CallAsync("add", "3", "[1,2]"), StringComparison.Ordinal);
        server.Time.Advance(TimeSpan.FromSeconds(120));
        release.SetResult();
        Assert.Contains("\"id\":2", await socket.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Empty(server.Limits);
        await Until.TrueAsync(() =>
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            return server.Limits.Any();
        });
        Assert.Equal((1001, "no message for too long"), await socket.ClosedAsync());
        Assert.Equal(["idle"], server.Limits);
    }

    [Fact]
    public async Task A_message_that_never_ends_does_not_keep_its_connection()
    {
        await using var server = await RpcSocketServer.StartAsync(options => options.WebSockets.IdleTimeout = TimeSpan.FromSeconds(60));
        using var peer = await RawSocketPeer.ConnectAsync(server.Port);
        await Until.TrueAsync(() => server.Open == 1);
        await peer.SendAsync(Text, "[", isLast: false);
        server.Time.Advance(TimeSpan.FromSeconds(40));
        await peer.SendAsync(0, "", isLast: false);
        await peer.SendAsync(Ping, "x");
        Assert.Equal(10, (await peer.ReceiveAsync()).Opcode);
        server.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(1001, await peer.ClosedAsync());
    }

    [Fact]
    public async Task Code_of_the_server_closes_a_connection_and_cancels_its_calls()
    {
        var called = new TaskCompletionSource<JsonRpcConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await RpcSocketServer.StartAsync(add: handler => handler.Add("hang", async call =>
        {
            called.SetResult(call.Connection!);
            call.Connection!.Close("out");
            call.Connection.Close("twice");
            await Task.Delay(Timeout.Infinite, call.Aborted);
            return null;
        }));
        using var socket = await server.ConnectAsync();
        await socket.SendAsync(RpcSocketServer.Call("hang", "1"));
        var connection = await called.Task;
        Assert.Throws<ArgumentException>(() => connection.Close(new string('ä', 62)));
        Assert.Equal((1008, "out"), await socket.ClosedAsync());
        Assert.False(await connection.NotifyAsync("late"));
        await socket.CloseAsync();
        await Until.TrueAsync(() => server.Open == 0);
        Assert.Equal(0, server.Log.Errors);
    }

    [Theory]
    [InlineData("close frame")]
    [InlineData("half-close")]
    [InlineData("reset")]
    public async Task A_peer_that_leaves_cancels_its_calls(string way)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await RpcSocketServer.StartAsync(add: handler => handler.Add("hang", async call =>
        {
            begun.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, call.Aborted);
            }
            finally
            {
                cancelled.SetResult();
            }

            return null;
        }));
        using var peer = await RawSocketPeer.ConnectAsync(server.Port);
        await peer.SendAsync(Text, RpcSocketServer.Call("hang", "1"));
        await begun.Task;
        switch (way)
        {
            case "close frame":
                await peer.WriteAsync(RawSocketPeer.Frame(CloseFrame, [0x03, 0xE9]));
                Assert.Equal(1001, await peer.ClosedAsync());
                break;
            case "half-close":
                peer.FinishSending();
                break;
            default:
                peer.Reset();
                break;
        }

        await cancelled.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => server.Open == 0);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_method_that_fails_after_its_peer_has_left_is_logged()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await RpcSocketServer.StartAsync(add: handler => handler.Add("hang", async call =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, call.Aborted).ContinueWith(_ => { }, TaskScheduler.Default);
            throw new InvalidOperationException("late");
        }));
        using var peer = await RawSocketPeer.ConnectAsync(server.Port);
        await peer.SendAsync(Text, RpcSocketServer.Call("hang", "1"));
        await begun.Task;
        peer.Reset();
        await Until.TrueAsync(() => server.Log.Errors == 1 && server.Open == 0);
        Assert.Contains(server.Log.Entries, entry => entry.Exception?.Message == "late");
    }

    [Fact]
    public async Task A_stop_answers_the_calls_in_progress_then_closes_with_1001()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = 0;
        await using var server = await RpcSocketServer.StartAsync(
            options => options.CallTimeout = TimeSpan.Zero,
            handler => handler.Add("wait", async _ =>
            {
                Interlocked.Increment(ref runs);
                await release.Task;
                return null;
            }));
        using var busy = await server.ConnectAsync();
        using var idle = await server.ConnectAsync();
        await busy.SendAsync(RpcSocketServer.Call("wait", "1"));
        await idle.CallAsync("add", "2", "[1,2]");
        await Until.TrueAsync(() => Volatile.Read(ref runs) == 1);
        var stopped = server.StopAsync();
        Assert.Equal((1001, "the server stops"), await idle.ClosedAsync());
        await idle.CloseAsync();
        await busy.SendAsync(RpcSocketServer.Call("wait", "3"));
        release.SetResult();
        Assert.Contains("\"id\":1", await busy.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal((1001, "the server stops"), await busy.ClosedAsync());
        await busy.CloseAsync();
        await stopped;
        Assert.Equal(1, runs);
        Assert.Empty(server.Handler.Connections);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_stop_that_gives_up_cancels_the_calls()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await RpcSocketServer.StartAsync(
            options => options.CallTimeout = TimeSpan.Zero,
            handler => handler.Add("hang", async call =>
            {
                begun.SetResult();
                await Task.Delay(Timeout.Infinite, call.Aborted);
                return null;
            }));
        using var socket = await server.ConnectAsync();
        await socket.SendAsync(RpcSocketServer.Call("hang", "1"));
        await begun.Task;
        await server.StopAsync(new CancellationToken(canceled: true));
        await Assert.ThrowsAnyAsync<WebSocketException>(socket.ReceiveAsync);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_stop_under_load_answers_or_closes_every_connection()
    {
        await using var server = await RpcSocketServer.StartAsync();
        var clients = Enumerable.Range(0, 20).Select(async _ =>
        {
            using var socket = await server.ConnectAsync();
            for (var id = 1; ; id++)
            {
                await socket.SendAsync(RpcSocketServer.Call("add", $"{id}", "[1,2]"));
                if (await socket.ReceiveAsync() is not { } reply)
                {
                    var code = (int)socket.Inner.CloseStatus!;
                    await socket.CloseAsync();
                    return (Code: code, Calls: id);
                }

                Assert.Equal($$"""{"jsonrpc":"2.0","result":3,"id":{{id}}}""", reply);
            }
        }).ToArray();
        await Until.TrueAsync(() =>
            server.Open == clients.Length && server.Meters.Values("rpc.server.call.duration").Count > 200);
        await server.StopAsync(TestContext.Current.CancellationToken);
        Assert.All(await Task.WhenAll(clients), client => Assert.Equal(1001, client.Code));
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_is_cut_off_and_holds_up_nobody()
    {
        await using var server = await RpcSocketServer.StartAsync(options => options.WebSockets.MaxQueuedSize = 500_000);
        using var deaf = await RawSocketPeer.ConnectAsync(server.Port);
        using var socket = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Handler.Connections.Count == 2);
        var parameters = Encoding.UTF8.GetBytes($"[\"{new string('x', 50_000)}\"]");
        for (var sent = 0; !server.Limits.Any(); sent++)
        {
            Assert.True(sent < 10_000);
            server.Handler.NotifyAll("tick", parameters);
            // Awaiting the peer that reads keeps its own queue short.
            Assert.EndsWith("x\"]}", await socket.ReceiveAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(["slow_peer"], server.Limits);
        await Until.TrueAsync(() => server.Handler.Connections.Count == 1);
        Assert.Contains("\"result\":3", await socket.CallAsync("add", "1", "[1,2]"), StringComparison.Ordinal);
        await deaf.EndAsync();
    }

    [Fact]
    public async Task A_peer_that_does_not_take_its_replies_is_cut_off_after_a_time()
    {
        await using var server = await RpcSocketServer.StartAsync();
        using var deaf = await RawSocketPeer.ConnectAsync(server.Port);
        var call = RawSocketPeer.Frame(Text, Encoding.UTF8.GetBytes(RpcSocketServer.Call("echo", "1", $"[\"{new string('x', 50_000)}\"]")));
        var sending = Task.Run(
            async () =>
            {
                // The server stops reading once too many replies wait.
                await Assert.ThrowsAnyAsync<IOException>(async () =>
                {
                    for (; ; )
                    {
                        await deaf.WriteAsync(call);
                    }
                });
            },
            TestContext.Current.CancellationToken);
        await Until.TrueAsync(() =>
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            return server.Limits.Any();
        });
        Assert.Equal(["slow_peer"], server.Limits);
        await sending;
        await Until.TrueAsync(() => server.Open == 0);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_flood_of_pings_delays_no_call()
    {
        await using var server = await RpcSocketServer.StartAsync();
        using var peer = await RawSocketPeer.ConnectAsync(server.Port);
        using var other = await server.ConnectAsync();
        var pings = Enumerable.Repeat(RawSocketPeer.Frame(Ping, "x"u8), 500).SelectMany(frame => frame).ToArray();
        for (var i = 0; i < 20; i++)
        {
            await peer.WriteAsync(pings);
            await peer.SendAsync(Text, RpcSocketServer.Call("add", $"{i}", "[1,2]"));
            Assert.Contains($"\"id\":{i}", await peer.ReceiveTextAsync(), StringComparison.Ordinal);
            Assert.Contains($"\"id\":{i}", await other.CallAsync("add", $"{i}", "[1,2]"), StringComparison.Ordinal);
        }
    }
}
