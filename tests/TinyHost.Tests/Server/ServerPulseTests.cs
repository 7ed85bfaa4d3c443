// Owns: tests of what a server tells about its own life when a part of it is wedged.

using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using TinyHost.RateLimiting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ServerPulseTests
{
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();

    private static Task App(RequestContext context) => context.Response.WriteTextAsync("app");

    [Fact]
    public async Task A_server_at_work_lives_and_its_own_connections_and_requests_do_not_count()
    {
        using var meters = new MeterRecorder();
        await using var server = await StartAsync(
            new Pipeline().UseAccessLog(logger: _log).UseHealth().Run(new Routes().Get("/", App)),
            options => options.Services = new OneService(meters));
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(await server.Pulse!.FindFaultAsync());
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(0, meters.Observe("tinyhost.connections.accepted"));
        Assert.Empty(meters.Tags("http.server.request.duration"));
        Assert.Empty(meters.Tags("tinyhost.connection.duration"));
        Assert.DoesNotContain(_log.Entries, entry => entry.Message.Contains("OPTIONS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wedged_accept_loop_is_logged_and_turns_liveness_to_503_until_it_runs_again()
    {
        using var wedge = new ManualResetEventSlim(initialState: true);
        await using var server = await StartAsync(
            new Pipeline().UseHealth().Run(new Routes().Get("/", App)),
            options => options.SocketSettings = () => new SocketSettings(
                (_, _, _, _) => wedge.Wait(TestTimeout.Long), areInherited: false));
        using var prober = await server.ConnectAsync();
        Assert.Equal("Healthy.\n", (await prober.GetAsync("/-/healthy")).Content);
        wedge.Reset();
        using var stuck = await server.ConnectAsync();
        // The heartbeat sees the loop in the same pass again and again.
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _log.Entries.Any(entry => entry.Level == LogLevel.Error
                && entry.Message.StartsWith("The accept loop has been stuck for ", StringComparison.Ordinal));
        });
        var response = await prober.GetAsync("/-/healthy");
        Assert.Equal(503, response.Status);
        Assert.Matches(
            "^Unhealthy.\nserver.accept_loop: unhealthy: stuck for [0-9]+ s, so that no connection is accepted\n$", response.Content);
        Assert.StartsWith("server.accept_loop: unhealthy: stuck", await server.Pulse!.FindFaultAsync(), StringComparison.Ordinal);
        wedge.Set();
        Assert.Equal("app", (await stuck.GetAsync("/")).Content);
        // The loop may still be in the same pass, behind the connection it has accepted.
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _log.Entries.Any(entry => entry.Message == "The accept loop runs again.");
        });
        Assert.Equal("Healthy.\n", (await prober.GetAsync("/-/healthy")).Content);
    }

    [Fact]
    public async Task A_loop_that_waits_for_ever_on_its_sockets_does_not_accept_the_servers_own_connection()
    {
        var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var loop = new AcceptLoop([listener], _time, new ObserverGuard(_log), (socket, _) => socket.Dispose(), async (_, stopping) =>
        {
            await Task.Delay(Timeout.Infinite, stopping);
            throw new InvalidOperationException("The delay has no end.");
        });
        loop.Start();
        var probing = new AcceptProbe([listener], loop, _time).FindFaultAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => _time.TimerCount == 1);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal($"a connection to {listener.EndPoint} was not accepted within 2 s", await probing.WaitAsync(TestTimeout.Long));
        await loop.StopAsync();
    }

    [Theory]
    [InlineData("http://127.0.0.1:0/")]
    [InlineData("http://0.0.0.0:0/")]
    [InlineData("http://localhost:0/")]
    [InlineData("http://+:0/")]
    public async Task An_idle_loop_accepts_the_servers_own_connection_and_serves_none(string prefix)
    {
        var served = 0;
        var listeners = Binding.BindAll([Prefix.Parse(prefix)]);
        using var loop = new AcceptLoop(listeners, _time, new ObserverGuard(_log), (_, _) => served++);
        loop.Start();
        var probe = new AcceptProbe(listeners, loop, _time);
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(await probe.FindFaultAsync(TestContext.Current.CancellationToken).WaitAsync(TestTimeout.Long));
        }

        Assert.Equal(3 * listeners.Count, loop.Passes);
        await loop.StopAsync();
        Assert.Equal(0, served);
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task A_closed_port_is_found()
    {
        var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var loop = new AcceptLoop([listener], _time, new ObserverGuard(_log), (socket, _) => socket.Dispose());
        listener.Dispose();
        Assert.Equal(
            $"{listener.EndPoint} refuses connections",
            await new AcceptProbe([listener], loop, _time).FindFaultAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stage_that_blocks_the_servers_own_request_turns_liveness_to_503()
    {
        using var wedge = new ManualResetEventSlim();
        await using var server = await StartAsync(new Pipeline()
            .UseHealth()
            .Use(next => context =>
            {
                wedge.Wait(TestTimeout.Long);
                return next(context);
            })
            .Run(new Routes().Get("/", App)));
        using var prober = await server.ConnectAsync();
        var response = await ProbeAsync(prober);
        Assert.Equal(
            (503, "Unhealthy.\nserver.chain: unhealthy: no answer for 5 s; a stage of the chain holds the thread of the server's own "
                + "request, OPTIONS *\n"),
            (response.Status, response.Content));
        wedge.Set();
        await Until.TrueAsync(() => server.Pulse!.FindFaultAsync() is { IsCompleted: true, Result: null });
    }

    [Fact]
    public async Task A_handler_that_blocks_a_thread_and_what_the_chain_needs_is_named_by_its_route()
    {
        using var wedge = new ManualResetEventSlim();
        using var turn = new SemaphoreSlim(1);
        await using var server = await StartAsync(new Pipeline()
            .UseHealth()
            .Use(next => async context =>
            {
                await turn.WaitAsync();
                try
                {
                    await next(context);
                }
                finally
                {
                    turn.Release();
                }
            })
            .Run(new Routes().Get("/orders/{id}", context =>
            {
                wedge.Wait(TestTimeout.Long);
                return App(context);
            })));
        using var prober = await server.ConnectAsync();
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET /orders/1 HTTP/1.1\r\nHost: h\r\n\r\n");
        await Until.TrueAsync(() => turn.CurrentCount == 0);
        var response = await ProbeAsync(prober);
        Assert.Equal(503, response.Status);
        Assert.Contains(
            "server.chain: unhealthy: no answer for 5 s; GET /orders/{id} holds a thread\n", response.Content, StringComparison.Ordinal);
        Assert.Contains("GET /orders/{id} holds a thread", await server.Pulse!.FindFaultAsync(), StringComparison.Ordinal);
        wedge.Set();
        Assert.Equal("app", (await client.ReadResponseAsync()).Content);
        await Until.TrueAsync(() => server.Pulse!.FindFaultAsync() is { IsCompleted: true, Result: null });
    }

    [Fact]
    public async Task A_function_at_the_end_of_the_chain_may_let_every_request_wait()
    {
        await using var server = await StartAsync(
            new Pipeline().UseHealth().Run(context => Task.Delay(Timeout.Infinite, context.Stopping).ContinueWith(
                _ => { }, TaskScheduler.Default)));
        using var client = await server.ConnectAsync();
        Assert.Equal("Healthy.\n", (await client.GetAsync("/-/healthy")).Content);
    }

    [Fact]
    public async Task A_limit_on_requests_does_not_hold_up_the_servers_own()
    {
        var release = new TaskCompletionSource();
        await using var server = await StartAsync(new Pipeline()
            .UseHealth()
            .UseConcurrencyLimit(1, queueLength: 10)
            .Run(new Routes().Get("/", async context =>
            {
                await release.Task;
                await App(context);
            })));
        using var busy = await server.ConnectAsync();
        await busy.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        using var prober = await server.ConnectAsync();
        Assert.Equal("Healthy.\n", (await prober.GetAsync("/-/healthy")).Content);
        release.SetResult();
        Assert.Equal("app", (await busy.ReadResponseAsync()).Content);
    }

    [Fact]
    public async Task A_rate_limit_with_a_queue_does_not_hold_up_the_servers_own_request()
    {
        await using var server = await StartAsync(new Pipeline()
            .UseHealth()
            .UseRateLimit(_ => RateLimitPartition.GetConcurrencyLimiter(
                "all", _ => new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 10 }))
            .Run(new Routes().Get("/", async context =>
            {
                await context.Response.FlushAsync();
                await context.Request.Body.ReadAllAsync();
            })));
        using var busy = await server.ConnectAsync();
        await busy.SendAsync("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n");
        await busy.ReadHeadAsync();
        using var prober = await server.ConnectAsync();
        Assert.Equal("Healthy.\n", (await prober.GetAsync("/-/healthy")).Content);
    }

    [Fact]
    public async Task A_stage_that_refuses_the_servers_own_request_lets_it_live_and_the_refusal_does_not_count()
    {
        using var meters = new MeterRecorder();
        await using var server = await StartAsync(
            new Pipeline()
                .UseHealth()
                .UseAuthentication(auth => auth.User("ann", PasswordHash.Create("secret", 1_000)))
                .Run(new Routes().Get("/", App)),
            options => options.Services = new OneService(meters));
        using var client = await server.ConnectAsync();
        Assert.Equal("Healthy.\n", (await client.GetAsync("/-/healthy")).Content);
        Assert.Empty(meters.Tags("tinyhost.requests.rejected"));
        Assert.DoesNotContain(_log.Entries, entry => entry.Message.Contains("missing_credentials", StringComparison.Ordinal));
        Assert.Equal(401, (await client.GetAsync("/")).Status);
        Assert.Single(meters.Tags("tinyhost.requests.rejected"));
    }

    [Fact]
    public async Task A_stage_of_the_program_can_let_the_servers_own_request_pass()
    {
        List<(string Target, bool IsProbe)> seen = [];
        await using var server = await StartAsync(new Pipeline()
            .UseHealth()
            .Use(next => context =>
            {
                seen.Add((context.Request.Target, context.Connection.IsProbe));
                return next(context);
            })
            .Run(new Routes().Get("/", App)));
        using var client = await server.ConnectAsync();
        Assert.Equal("Healthy.\n", (await client.GetAsync("/-/healthy")).Content);
        Assert.Equal("app", (await client.GetAsync("/")).Content);
        Assert.Equal([("*", true), ("/", false)], seen);
    }

    [Fact]
    public async Task A_sweep_that_does_not_end_turns_liveness_to_503()
    {
        using var blocked = new ManualResetEventSlim();
        var log = new BlockingLogger(blocked);
        await using var server = await StartAsync(new Pipeline().UseHealth().Run(new Routes().Get("/", App)), options =>
        {
            options.LoggerFactory = log;
            options.Limits.IdleTimeout = TimeSpan.FromDays(1);
            options.Limits.HeaderSectionTimeout = TimeSpan.FromSeconds(2);
        });
        using var prober = await server.ConnectAsync();
        Assert.Equal("Healthy.\n", (await prober.GetAsync("/-/healthy")).Content);
        using var slow = await server.ConnectAsync();
        await slow.SendAsync("GET ");
        // The heartbeat reports the slow head once its beginning has arrived, and its logger never returns.
        var ticking = Task.Run(
            async () =>
            {
                while (!log.IsBlocked.IsSet)
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    await Task.Delay(1, TestContext.Current.CancellationToken);
                }
            },
            TestContext.Current.CancellationToken);
        Assert.True(log.IsBlocked.Wait(TestTimeout.Long, TestContext.Current.CancellationToken));
        _time.Advance(TimeSpan.FromSeconds(5));
        var getting = prober.GetAsync("/-/healthy");
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return getting.IsCompleted;
        });
        var response = await getting;
        Assert.Equal(503, response.Status);
        Assert.Matches("\nserver.heartbeat: unhealthy: no answer for [0-9]+ s; it last ran [0-9]+ s ago\n", response.Content);
        blocked.Set();
        await ticking;
    }

    [Fact]
    public async Task A_process_that_was_suspended_lives_as_soon_as_its_heartbeat_ticks()
    {
        await using var server = await StartAsync(new Pipeline().UseHealth().Run(new Routes().Get("/", App)));
        using var prober = await server.ConnectAsync();
        Assert.Equal("Healthy.\n", (await prober.GetAsync("/-/healthy")).Content);
        _time.Suspend(TimeSpan.FromSeconds(100));
        var getting = prober.GetAsync("/-/healthy");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("Healthy.\n", (await getting.WaitAsync(TestTimeout.Long)).Content);
    }

    [Fact]
    public async Task A_server_that_does_not_run_has_no_pulse_and_a_stopping_one_lives()
    {
        await using var server = new HttpServer("http://127.0.0.1:0/", App);
        Assert.Null(server.Pulse);
        await server.StartAsync(TestContext.Current.CancellationToken);
        var pulse = server.Pulse!;
        Assert.False(pulse.IsStopping);
        await server.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(pulse.IsStopping);
        Assert.Null(server.Pulse);
    }

    private Task<HttpServer> StartAsync(Func<RequestContext, Task> app, Action<ServerOptions>? configure = null) =>
        TestServer.StartAsync(app, options =>
        {
            options.TimeProvider = _time;
            options.LoggerFactory = _log;
            configure?.Invoke(options);
        });

    /// <summary>Asks for liveness, and lets the clock run until there is an answer.</summary>
    private async Task<RawResponse> ProbeAsync(RawClient prober)
    {
        var getting = prober.GetAsync("/-/healthy");
        // The deadlines of the check of the chain and of the accept loop, then the check itself.
        await Until.TrueAsync(() => _time.TimerCount >= 2);
        await Until.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return getting.IsCompleted;
        });
        return await getting;
    }

    private sealed class BlockingLogger(ManualResetEventSlim release) : ILogger, ILoggerFactory
    {
        internal ManualResetEventSlim IsBlocked { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).Contains("waited too long", StringComparison.Ordinal))
            {
                IsBlocked.Set();
                release.Wait(TestTimeout.Long);
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose() => IsBlocked.Dispose();
    }
}
