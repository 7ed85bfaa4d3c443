// Owns: tests of calls and notifications over WebSockets.

using System.Diagnostics;
using System.Net;
using System.Security.Claims;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using TinyHost.JsonRpc.Tests.Support;
using TinyHost.Tests.Support;

namespace TinyHost.JsonRpc.Tests;

public sealed class RpcSocketTests
{
    [Fact]
    public async Task Calls_batches_and_notifications_share_a_connection()
    {
        await using var server = await RpcSocketServer.StartAsync();
        using var socket = await server.ConnectAsync();
        Assert.Equal("""{"jsonrpc":"2.0","result":3,"id":"ä"}""", await socket.CallAsync("add", "\"ä\"", "[1,2]"));
        await socket.SendAsync("""{"jsonrpc":"2.0","method":"add","params":[1,2]}""");
        await socket.SendAsync("""[{"jsonrpc":"2.0","method":"nothing"}]""");
        await socket.SendAsync(
            $"[{RpcSocketServer.Call("add", "1", "[1,2]")},{RpcSocketServer.Call("nobody", "2")},"
            + """{"jsonrpc":"2.0","method":"nothing"}]""");
        Assert.Equal(
            """[{"jsonrpc":"2.0","result":3,"id":1},{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":2}]""",
            await socket.ReceiveAsync());
        await socket.SendAsync("[]");
        Assert.Contains("-32600", await socket.ReceiveAsync(), StringComparison.Ordinal);
        await socket.SendAsync("");
        Assert.Contains("-32700", await socket.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Contains("-32603", await socket.CallAsync("throw", "3"), StringComparison.Ordinal);
        Assert.Equal(1, server.Open);
        Assert.Contains(server.Meters.Tags("rpc.server.call.duration"), tags => tags["rpc.method"] is "add");
        await socket.CloseAsync();
        await Until.TrueAsync(() => server.Open == 0);
    }

    [Fact]
    public async Task A_message_in_fragments_is_one_message()
    {
        await using var server = await RpcSocketServer.StartAsync();
        using var socket = await server.ConnectAsync();
        var text = new string('x', 20_000);
        var message = Encoding.UTF8.GetBytes(RpcSocketServer.Call("echo", "1", $"[\"{text}\"]"));
        foreach (var piece in message.Chunk(3_000))
        {
            await socket.SendAsync(piece, isLast: false);
        }

        await socket.SendAsync([]);
        Assert.Equal($$"""{"jsonrpc":"2.0","result":["{{text}}"],"id":1}""", await socket.ReceiveAsync());
    }

    [Fact]
    public async Task A_long_reply_arrives_whole()
    {
        await using var server = await RpcSocketServer.StartAsync();
        using var socket = await server.ConnectAsync();
        var text = new string('x', 90_000);
        Assert.Contains(text, await socket.CallAsync("echo", "1", $"[\"{text}\"]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replies_are_sent_in_the_order_in_which_they_are_ready()
    {
        var release = Signal();
        await using var server = await RpcSocketServer.StartAsync(add: handler => handler.Add("wait", Waiting(release)));
        using var socket = await server.ConnectAsync();
        await socket.SendAsync(RpcSocketServer.Call("wait", "1"));
        Assert.Contains("\"id\":2", await socket.CallAsync("add", "2", "[1,2]"), StringComparison.Ordinal);
        release.SetResult();
        Assert.Contains("\"id\":1", await socket.ReceiveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_beyond_those_in_progress_wait_in_order()
    {
        var begun = Channel.CreateUnbounded<string>();
        var release = Signal();
        await using var server = await RpcSocketServer.StartAsync(
            options => options.WebSockets.MaxConcurrent = 2,
            handler => handler.Add("wait", async call =>
            {
                begun.Writer.TryWrite(Encoding.UTF8.GetString(call.Params.Span));
                await release.Task;
                return null;
            }));
        using var socket = await server.ConnectAsync();
        for (var i = 1; i <= 4; i++)
        {
            await socket.SendAsync(RpcSocketServer.Call("wait", $"{i}", $"[{i}]"));
        }

        Assert.Equal("[1]", await begun.Reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("[2]", await begun.Reader.ReadAsync(TestContext.Current.CancellationToken));
        // Another connection has places of its own.
        using var other = await server.ConnectAsync();
        await other.SendAsync(RpcSocketServer.Call("wait", "9", "[9]"));
        Assert.Equal("[9]", await begun.Reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.False(begun.Reader.TryRead(out _));
        release.SetResult();
        Assert.Equal("[3]", await begun.Reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("[4]", await begun.Reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_method_notifies_its_own_connection_before_its_reply()
    {
        await using var server = await RpcSocketServer.StartAsync(add: handler => handler.Add("progress", async call =>
        {
            Assert.True(await call.Connection!.NotifyAsync("raw", "[1]"u8.ToArray()));
            Assert.True(await call.Connection.NotifyAsync("none"));
            Assert.True(await call.Connection.NotifyAsync("typed", new Size(2), TestJson.Default.Size));
            Assert.True(await call.Connection.NotifyAsync("value", "ä", TestJson.Default.String));
            Assert.Same(call.Context, call.Connection.Context);
            return null;
        }));
        using var socket = await server.ConnectAsync();
        Assert.Equal("""{"jsonrpc":"2.0","method":"raw","params":[1]}""", await socket.CallAsync("progress", "1"));
        Assert.Equal("""{"jsonrpc":"2.0","method":"none"}""", await socket.ReceiveAsync());
        Assert.Equal("""{"jsonrpc":"2.0","method":"typed","params":{"width":2}}""", await socket.ReceiveAsync());
        Assert.Equal("{\"jsonrpc\":\"2.0\",\"method\":\"value\",\"params\":[\"\\u00E4\"]}", await socket.ReceiveAsync());
        Assert.Equal("""{"jsonrpc":"2.0","result":null,"id":1}""", await socket.ReceiveAsync());
    }

    [Fact]
    public async Task A_call_by_POST_has_no_connection()
    {
        await using var server = await RpcSocketServer.StartAsync(add: handler => handler.Add("socket", call =>
        {
            call.Result.WriteBooleanValue(call.Connection is not null);
            return default;
        }));
        using var http = new HttpClient();
        using var content = new StringContent(RpcSocketServer.Call("socket", "1"));
        using var response = await http.PostAsync(
            new Uri($"http://127.0.0.1:{server.Port}/rpc"), content, TestContext.Current.CancellationToken);
        Assert.Contains("false", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notification_from_outside_reaches_one_connection_or_all()
    {
        await using var server = await RpcSocketServer.StartAsync();
        using var ann = await server.ConnectAsync();
        using var bob = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Handler.Connections.Count == 2);
        Assert.Equal(2, server.Handler.NotifyAll("all", new Size(1), TestJson.Default.Size));
        const string all = """{"jsonrpc":"2.0","method":"all","params":{"width":1}}""";
        Assert.Equal(all, await ann.ReceiveAsync());
        Assert.Equal(all, await bob.ReceiveAsync());
        Assert.Equal(2, server.Handler.NotifyAll("again"));
        var connection = server.Handler.Connections[0];
        Assert.True(await connection.NotifyAsync("one"));
        await Until.TrueAsync(() => ann.Inner.State == System.Net.WebSockets.WebSocketState.Open);
        await ann.CloseAsync();
        await bob.CloseAsync();
        await Until.TrueAsync(() => server.Handler.Connections.Count == 0);
        Assert.False(await connection.NotifyAsync("late"));
        Assert.True(connection.Closed.IsCancellationRequested);
        Assert.Equal(0, server.Handler.NotifyAll("nobody"));
    }

    [Theory]
    [InlineData("", "[]")]
    [InlineData("rpc.event", "[]")]
    [InlineData("event", "1")]
    [InlineData("event", "[1")]
    [InlineData("event", "[1][2]")]
    [InlineData("event", "\"x\"")]
    [InlineData("event", "[\"\xff\"]")]
    public async Task A_notification_that_is_not_valid_is_refused(string method, string parameters)
    {
        await using var server = await RpcSocketServer.StartAsync();
        Assert.Throws<ArgumentException>(() => server.Handler.NotifyAll(method, Encoding.Latin1.GetBytes(parameters)));
    }

    [Fact]
    public async Task Each_message_has_a_scope_of_services_that_ends_with_its_reply()
    {
        RpcSocketServer.Disposed? first = null, second = null;
        await using var server = await RpcSocketServer.StartAsync(add: handler => handler.Add("scope", call =>
        {
            var service = call.Services.GetRequiredService<RpcSocketServer.Disposed>();
            Assert.Same(service, call.Services.GetRequiredService<RpcSocketServer.Disposed>());
            Assert.False(service.IsDisposed);
            second = first is null ? null : service;
            first ??= service;
            return default;
        }));
        using var socket = await server.ConnectAsync();
        await socket.CallAsync("scope", "1");
        await Until.TrueAsync(() => first!.IsDisposed);
        await socket.CallAsync("scope", "2");
        Assert.NotSame(first, second);
        await Until.TrueAsync(() => second!.IsDisposed);
    }

    [Fact]
    public async Task The_user_of_the_handshake_decides_about_each_call()
    {
        await using var server = await RpcSocketServer.StartAsync(
            options => options.Users["ann"] = ["add"],
            wrap: app => context =>
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "ann")], "test"));
                return app(context);
            });
        using var socket = await server.ConnectAsync();
        Assert.Contains("\"result\":3", await socket.CallAsync("add", "1", "[1,2]"), StringComparison.Ordinal);
        Assert.Contains("-32004", await socket.CallAsync("echo", "2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_over_its_deadline_is_answered_while_others_go_on()
    {
        var cancelled = Signal();
        await using var server = await RpcSocketServer.StartAsync(
            options => options.CallTimeout = TimeSpan.FromSeconds(5),
            handler => handler.Add("hang", async call =>
            {
                await using var registration = call.Aborted.UnsafeRegister(_ => cancelled.SetResult(), null);
                await cancelled.Task;
                await Task.Delay(Timeout.Infinite, call.Aborted);
                return null;
            }));
        using var socket = await server.ConnectAsync();
        await socket.SendAsync(RpcSocketServer.Call("hang", "1"));
        Assert.Contains("\"id\":2", await socket.CallAsync("add", "2", "[1,2]"), StringComparison.Ordinal);
        server.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(
            """{"jsonrpc":"2.0","error":{"code":-32002,"message":"Request timed out"},"id":1}""", await socket.ReceiveAsync());
        await cancelled.Task;
        Assert.Contains("\"id\":3", await socket.CallAsync("add", "3", "[1,2]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_call_has_a_span_below_that_of_the_handshake()
    {
        ActivityContext parent = default;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TinyHost.JsonRpc",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == parent.TraceId ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await RpcSocketServer.StartAsync(
            add: handler => handler.Add("span", call =>
            {
                call.Result.WriteStringValue($"{Activity.Current!.OperationName} {Activity.Current.ParentSpanId == parent.SpanId}");
                return default;
            }),
            wrap: app => async context =>
            {
                using var handshake = new Activity("handshake").Start();
                parent = handshake.Context;
                await app(context);
            });
        using var socket = await server.ConnectAsync();
        Assert.Contains("span True", await socket.CallAsync("span", "1"), StringComparison.Ordinal);
        Assert.Contains("span True", await socket.CallAsync("span", "2"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_GET_request_that_asks_for_no_WebSocket_gets_426()
    {
        await using var server = await RpcSocketServer.StartAsync();
        using var http = new HttpClient();
        using var response = await http.GetAsync(
            new Uri($"http://127.0.0.1:{server.Port}/rpc"), TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode)426, response.StatusCode);
        Assert.Equal("websocket", Assert.Single(response.Headers.Upgrade).Name);
    }

    [Fact]
    public async Task GET_is_refused_without_WebSockets()
    {
        await using var server = await RpcSocketServer.StartAsync(options => options.WebSockets.Enabled = false);
        using var http = new HttpClient();
        using var response = await http.GetAsync(
            new Uri($"http://127.0.0.1:{server.Port}/rpc"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("POST", Assert.Single(response.Content.Headers.Allow));
        Assert.Equal(405, await server.RefusalAsync());
    }

    [Theory]
    [InlineData(null, "127.0.0.1:{0}", 101)]
    [InlineData("http://127.0.0.1:{0}", "127.0.0.1:{0}", 101)]
    [InlineData("HTTP://LOCALHOST:{0}", "localhost:{0}", 101)]
    [InlineData("https://page.example", "localhost", 101)]
    [InlineData("https://page.example:444", "localhost", 403)]
    [InlineData("http://127.0.0.1:1", "127.0.0.1:{0}", 403)]
    [InlineData("http://localhost:{0}", "127.0.0.1:{0}", 403)]
    [InlineData("https://evil.example", "127.0.0.1:{0}", 403)]
    [InlineData("null", "127.0.0.1:{0}", 403)]
    [InlineData("http://evil.example", "evil.example", 403)]
    public async Task Only_pages_of_the_server_and_of_allowed_origins_may_connect(string? origin, string host, int status)
    {
        await using var server = await RpcSocketServer.StartAsync(options =>
        {
            options.WebSockets.AllowedOrigins.Add("https://page.example");
            options.AllowedHosts.Add("page.example");
        });
        void Configure(System.Net.WebSockets.ClientWebSocketOptions options)
        {
            options.SetRequestHeader("Host", host.Replace("{0}", $"{server.Port}", StringComparison.Ordinal));
            if (origin is not null)
            {
                options.SetRequestHeader("Origin", origin.Replace("{0}", $"{server.Port}", StringComparison.Ordinal));
            }
        }

        if (status == 101)
        {
            using var socket = await server.ConnectAsync(Configure);
            Assert.Contains("\"result\":3", await socket.CallAsync("add", "1", "[1,2]"), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(status, await server.RefusalAsync(Configure));
            Assert.Contains(Assert.Single(server.Limits), (string[])["origin", "host"]);
        }
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_answered_with_503_until_another_ends()
    {
        await using var server = await RpcSocketServer.StartAsync(options => options.WebSockets.MaxConnections = 1);
        using (var first = await server.ConnectAsync())
        {
            Assert.Equal(503, await server.RefusalAsync());
            Assert.Equal(["connections"], server.Limits);
            await first.CloseAsync();
            await Until.TrueAsync(() => server.Handler.Connections.Count == 0);
        }

        RpcSocket? second = null;
        await Until.TrueAsync(() => server.Open == 0);
        // The place is free once the handler has returned, shortly after the connection has left the list.
        while (second is null)
        {
            try
            {
                second = await server.ConnectAsync();
            }
            catch (System.Net.WebSockets.WebSocketException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }

        second.Dispose();
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static JsonRpcMethod Waiting(TaskCompletionSource release) => async _ =>
    {
        await release.Task;
        return null;
    };
}
