using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HttpServerTests
{
    private static Task Ok(RequestContext context) => context.Response.WriteTextAsync("ok");

    private static IPEndPoint Loopback(int port) => new(IPAddress.Loopback, port);

    [Theory]
    [InlineData("+")]
    [InlineData("*")]
    [InlineData("localhost")]
    [InlineData("0.0.0.0")]
    [InlineData("127.0.0.1")]
    public async Task Every_kind_of_host_serves_ipv4_loopback(string host)
    {
        await using var server = await TestServer.StartAsync(Ok, options => options.Prefixes.Add($"http://{host}:0/"));
        using var client = await RawClient.ConnectAsync(Loopback(server.EndPoints[0].Port));
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
    }

    [Theory]
    [InlineData("+")]
    [InlineData("*")]
    [InlineData("localhost")]
    [InlineData("[::]")]
    [InlineData("[::1]")]
    public async Task Hosts_of_both_families_serve_ipv6_loopback(string host)
    {
        Assert.SkipUnless(await IPv6.IsOnLoopbackAsync(), "needs IPv6 on the loopback interface");
        await using var server = await TestServer.StartAsync(Ok, options => options.Prefixes.Add($"http://{host}:0/"));
        using var client = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, server.EndPoints[0].Port));
        Assert.Equal("ok", (await client.GetAsync("/")).Content);
    }

    // A peer that has closed looks like a peer that has only finished sending, until it answers a probe with a reset.
    [Fact]
    public async Task Connections_are_probed_while_their_peer_is_silent()
    {
        using var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")])[0];
        using var client = await RawClient.ConnectAsync(listener.EndPoint);
        using var accepted = await listener.Socket.AcceptAsync(TestContext.Current.CancellationToken);
        new SocketSettings().SetAccepted(accepted);
        Assert.NotEqual(0, (int)accepted.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        Assert.Equal(15, (int)accepted.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime)!);
        Assert.Equal(15, (int)accepted.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval)!);
        Assert.Equal(4, (int)accepted.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount)!);
        Assert.True(accepted.NoDelay);
    }

    [Fact]
    public async Task Limits_changed_after_a_start_apply_from_the_next_start()
    {
        var longer = "/" + new string('x', 64);
        ServerLimits? limits = null;
        await using var server = await TestServer.StartAsync(Ok, options =>
        {
            options.Prefixes.Add("http://127.0.0.1:0/");
            limits = options.Limits;
        });
        limits!.MaxRequestLineSize = 64;
        using (var client = await RawClient.ConnectAsync(server.EndPoints[0]))
        {
            Assert.Equal(200, (await client.GetAsync(longer)).Status);
        }

        await server.StopAsync(TestContext.Current.CancellationToken);
        await server.StartAsync(TestContext.Current.CancellationToken);
        using (var client = await RawClient.ConnectAsync(server.EndPoints[0]))
        {
            Assert.Equal(414, (await client.GetAsync(longer)).Status);
        }
    }

    [Fact]
    public async Task A_handler_sees_both_ends_of_the_connection_as_ipv4()
    {
        ConnectionInfo? seen = null;
        await using var server = await TestServer.StartAsync(
            context =>
            {
                seen = context.Connection;
                return Task.CompletedTask;
            },
            options => options.Prefixes.Add("http://+:0/"));
        using var client = await RawClient.ConnectAsync(Loopback(server.EndPoints[0].Port));
        await client.GetAsync("/");
        Assert.Equal(client.Socket.RemoteEndPoint, seen!.LocalEndPoint);
        Assert.Equal(client.Socket.LocalEndPoint, seen.RemoteEndPoint);
        Assert.Equal(server.EndPoints[0].Port, seen.LocalPort);
    }

    [Fact]
    public async Task A_wildcard_never_looks_at_the_host_field()
    {
        await using var server = await TestServer.StartAsync(Ok, options => options.Prefixes.Add("http://+:0/"));
        using var client = await server.ConnectAsync();
        foreach (var host in new[] { "localhost", "example.com:9100", "[::1]:1", "a.b" })
        {
            await client.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
            Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        }
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_its_prefix_and_nothing_stays_bound()
    {
        await using var first = await TestServer.StartAsync(Ok);
        var used = first.EndPoints[0].Port;
        var free = FreePort.Next();
        var e = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.StartAsync(Ok, options =>
        {
            options.Prefixes.Add($"http://127.0.0.1:{free}/");
            options.Prefixes.Add($"http://127.0.0.1:{used}/");
        }));
        Assert.Equal($"Cannot listen on http://127.0.0.1:{used}/: address in use.", e.Message);
        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(Loopback(free)));
    }

    [Fact]
    public async Task An_address_of_another_machine_is_refused_with_the_reason()
    {
        var e = await Assert.ThrowsAsync<ServerStartException>(
            () => TestServer.StartAsync(Ok, options => options.Prefixes.Add("http://192.0.2.1:8080/")));
        Assert.Equal("Cannot listen on http://192.0.2.1:8080/: no such address on this machine.", e.Message);
    }

    [Fact]
    public void Every_bind_error_has_a_message()
    {
        Assert.Equal("address in use", Binding.Reason(SocketError.AddressAlreadyInUse));
        Assert.Equal(
            OperatingSystem.IsWindows() ? "another program has taken the port, or Windows has reserved it" : "permission denied",
            Binding.Reason(SocketError.AccessDenied));
        const SocketError other = SocketError.NoBufferSpaceAvailable;
        Assert.Equal(new SocketException((int)other).Message, Binding.Reason(other));
    }

    [Theory]
    [InlineData("nonsense", "Cannot start: not a prefix: 'nonsense'")]
    public async Task A_bad_prefix_fails_the_start(string prefix, string message)
    {
        var e = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.StartAsync(Ok, options => options.Prefixes.Add(prefix)));
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_a_prefix_does_not_start()
    {
        await using var server = new HttpServer(new ServerOptions(), Ok);
        var e = await Assert.ThrowsAsync<ServerStartException>(() => server.StartAsync());
        Assert.Contains("set at least one prefix", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefixes_of_one_port_share_a_socket_whatever_their_host_and_path()
    {
        var port = FreePort.Next();
        await using var server = await TestServer.StartAsync(
            context => context.Response.WriteTextAsync(context.Request.BasePath + context.Request.Path),
            options =>
            {
                options.Prefixes.Add($"http://localhost:{port}/a/");
                options.Prefixes.Add($"http://+:{port}/b/");
                options.Prefixes.Add($"http://127.0.0.1:{port}/a/");
            });
        Assert.Single(server.EndPoints);
        using var client = await RawClient.ConnectAsync(Loopback(port));
        Assert.Equal("/a/x", (await client.GetAsync("/a/x")).Content);
        Assert.Equal("/b/x", (await client.GetAsync("/b/x")).Content);
        Assert.Equal(404, (await client.GetAsync("/c/x")).Status);
    }

    [Fact]
    public async Task A_base_path_of_one_address_is_not_served_at_another()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a second loopback address");
        var port = FreePort.Next();
        await using var server = await TestServer.StartAsync(
            context => context.Response.WriteTextAsync(context.Request.BasePath),
            options =>
            {
                options.Prefixes.Add($"http://127.0.0.1:{port}/admin/");
                options.Prefixes.Add($"http://+:{port}/app/");
            });
        using var first = await RawClient.ConnectAsync(Loopback(port));
        Assert.Equal("/admin", (await first.GetAsync("/admin/x")).Content);
        Assert.Equal("/app", (await first.GetAsync("/app/x")).Content);
        using var second = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port));
        Assert.Equal(404, (await second.GetAsync("/admin/x")).Status);
        Assert.Equal("/app", (await second.GetAsync("/app/x")).Content);
    }

    [Fact]
    public async Task A_log_that_throws_does_not_end_the_accept_loop()
    {
        await using var server = await TestServer.StartAsync(Ok, options =>
        {
            options.Limits.MaxConnections = 1;
            options.LoggerFactory = new ThrowingLog();
        });
        using var first = await server.ConnectAsync();
        await first.GetAsync("/");
        for (var i = 0; i < 3; i++)
        {
            using var turnedAway = await server.ConnectAsync();
            Assert.Equal("", await turnedAway.ReadToEndAsync());
        }

        await server.StopAsync().WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_stopped_server_starts_again_on_the_same_port_at_once()
    {
        var port = FreePort.Next();
        await using var server = await TestServer.StartAsync(Ok, options => options.Prefixes.Add($"http://+:{port}/"));
        for (var i = 0; i < 5; i++)
        {
            using var client = await RawClient.ConnectAsync(Loopback(port));
            Assert.Equal("ok", (await client.GetAsync("/")).Content);
            // The server closes first, so its end of the connection stays in TIME_WAIT.
            await server.StopAsync();
            Assert.Empty(server.EndPoints);
            await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(Loopback(port)));
            await server.StartAsync();
        }
    }

    [Fact]
    public async Task Starting_twice_throws_and_stopping_twice_does_not()
    {
        await using var server = await TestServer.StartAsync(Ok);
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAsync());
        await server.StopAsync();
        await server.StopAsync();
    }

    [Fact]
    public async Task Two_servers_in_one_process_are_independent()
    {
        await using var first = await TestServer.StartAsync(context => context.Response.WriteTextAsync("first"));
        await using var second = await TestServer.StartAsync(context => context.Response.WriteTextAsync("second"));
        using var client = await second.ConnectAsync();
        await first.DisposeAsync();
        Assert.Equal("second", (await client.GetAsync("/")).Content);
    }

    [Fact]
    public async Task A_stop_waits_for_requests_in_progress_and_closes_idle_connections()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                entered.SetResult();
                await release.Task;
            }

            await Ok(context);
        });
        using var idle = await server.ConnectAsync();
        await idle.GetAsync("/");
        using var busy = await server.ConnectAsync();
        await busy.SendAsync("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
        await entered.Task;

        var stopping = server.StopAsync();
        Assert.Equal("", await idle.ReadToEndAsync());
        Assert.False(stopping.IsCompleted);
        release.SetResult();
        var response = await busy.ReadResponseAsync();
        Assert.Equal("ok", response.Content);
        Assert.Equal("close", response.Fields["Connection"].Single());
        busy.Dispose();
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_stop_that_runs_out_of_time_aborts_the_remaining_requests()
    {
        var entered = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        var logger = new RecordingLogger();
        await using var server = await TestServer.StartAsync(
            async context =>
            {
                await using var registration = context.Aborted.Register(aborted.SetResult);
                entered.SetResult();
                await Task.Delay(Timeout.Infinite, context.Aborted);
            },
            options => options.LoggerFactory = logger);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await entered.Task;
        using var giveUp = new CancellationTokenSource();
        var stopping = server.StopAsync(giveUp.Token);
        Assert.False(stopping.IsCompleted);
        var reading = client.ReadToResetAsync();
        await giveUp.CancelAsync();
        await stopping.WaitAsync(TestTimeout.Long);
        await aborted.Task.WaitAsync(TestTimeout.Long);
        await reading;
        Assert.Contains(
            (LogLevel.Warning, "Stopping: requests that did not finish in time and were cut off: 1.", null), logger.Entries);
    }

    [Fact]
    public async Task A_client_that_half_closes_still_gets_its_responses()
    {
        await using var server = await TestServer.StartAsync(async context =>
        {
            await Task.Yield();
            await Ok(context);
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
        client.FinishSending();
        var all = await client.ReadToEndAsync();
        Assert.Equal(2, all.Split("HTTP/1.1 200 OK").Length - 1);
    }

    [Fact]
    public async Task A_refusal_reaches_a_peer_that_is_still_sending()
    {
        await using var server = await TestServer.StartAsync(Ok);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost h\r\n\r\n" + new string('x', 500_000));
        var response = await client.ReadResponseAsync();
        Assert.Equal(400, response.Status);
    }

    [Fact]
    public async Task Connections_over_the_limit_are_turned_away_and_the_rest_are_served()
    {
        await using var server = await TestServer.StartAsync(Ok, options => options.Limits.MaxConnections = 2);
        using var one = await server.ConnectAsync();
        using var two = await server.ConnectAsync();
        await one.GetAsync("/");
        await two.GetAsync("/");
        using var three = await server.ConnectAsync();
        Assert.Equal("", await three.ReadToEndAsync());
        Assert.Equal("ok", (await one.GetAsync("/")).Content);
    }

    [Fact]
    public async Task A_reset_while_a_handler_runs_ends_only_its_connection()
    {
        var log = new RecordingLogger();
        var entered = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(
            async context =>
            {
                if (context.Request.Path == "/reset")
                {
                    entered.SetResult();
                    try
                    {
                        await Task.Delay(Timeout.Infinite, context.Aborted);
                    }
                    finally
                    {
                        ended.SetResult();
                    }
                }

                await Ok(context);
            },
            options => options.LoggerFactory = log);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET /reset HTTP/1.1\r\nHost: h\r\n\r\n");
        await entered.Task;
        client.Reset();
        await ended.Task.WaitAsync(TestTimeout.Long);
        using var other = await server.ConnectAsync();
        Assert.Equal("ok", (await other.GetAsync("/")).Content);
        Assert.Equal(0, log.Errors);
    }

    [Fact]
    public async Task A_blocked_handler_does_not_stop_other_connections_from_being_accepted()
    {
        using var release = new ManualResetEventSlim();
        await using var server = await TestServer.StartAsync(context =>
        {
            if (context.Request.Path == "/block")
            {
                release.Wait(TestTimeout.Long);
            }

            return Ok(context);
        });
        using var blocked = await server.ConnectAsync();
        await blocked.SendAsync("GET /block HTTP/1.1\r\nHost: h\r\n\r\n");
        using var other = await server.ConnectAsync();
        Assert.Equal("ok", (await other.GetAsync("/")).Content);
        release.Set();
        Assert.Equal("ok", (await blocked.ReadResponseAsync()).Content);
    }

    /// <summary>Throws for log entries that a peer can cause.</summary>
    private sealed class ThrowingLog : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                throw new InvalidOperationException("The disk is full.");
            }
        }

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
