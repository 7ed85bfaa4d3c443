// Owns: tests of stopping: its waits and limits, its callers, and the notification of handlers.

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class StopTests
{
    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_later_stop_with_a_limit_ends_an_earlier_stop_without_one()
    {
        var (server, client) = await StartAsync(async context =>
        {
            _entered.SetResult();
            await Task.Delay(Timeout.Infinite, context.Aborted);
        });
        using var owned = client;
        var unlimited = server.StopAsync(TestContext.Current.CancellationToken);
        var limited = new CancellationTokenSource();
        var second = server.StopAsync(limited.Token);
        Assert.False(unlimited.IsCompleted || second.IsCompleted);
        await limited.CancelAsync();
        await Task.WhenAll(unlimited, second).WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_disposal_ends_a_stop_without_a_limit_and_many_may_run_at_once()
    {
        var (server, client) = await StartAsync(async context =>
        {
            _entered.SetResult();
            await Task.Delay(Timeout.Infinite, context.Aborted);
        });
        using var owned = client;
        var unlimited = server.StopAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll([unlimited, .. Enumerable.Range(0, 4).Select(_ => server.DisposeAsync().AsTask())]).WaitAsync(TestTimeout.Long);
        await server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TestTimeout.Long);
        await server.DisposeAsync();
        var e = await Assert.ThrowsAsync<ObjectDisposedException>(() => server.StartAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("The server has been disposed and cannot be started again.", e.Message, StringComparison.Ordinal);
        Assert.Empty(server.EndPoints);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_stop_requested_by_a_handler_does_not_wait_for_that_handler(bool waitsFirst, bool byOtherWork)
    {
        HttpServer server = null!;
        server = await TestServer.StartAsync(async context =>
        {
            if (waitsFirst)
            {
                await Task.Yield();
            }

            await (byOtherWork ? Task.Run(() => server.StopAsync()) : server.StopAsync());
            Assert.True(context.Stopping.IsCancellationRequested);
            await context.Response.WriteTextAsync("stopping");
        });
        using var client = await server.ConnectAsync();
        Assert.Equal("stopping", (await client.GetAsync("/")).Content);
        Assert.Equal("", await client.ReadToEndAsync());
        await server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TestTimeout.Long);
        await server.StartAsync(TestContext.Current.CancellationToken);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_handler_may_dispose_its_server()
    {
        HttpServer server = null!;
        var disposed = new TaskCompletionSource();
        server = await TestServer.StartAsync(async context =>
        {
            await server.DisposeAsync();
            disposed.SetResult();
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await disposed.Task.WaitAsync(TestTimeout.Long);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_handler_of_one_server_waits_for_the_stop_of_another()
    {
        var (other, client) = await StartAsync(async context =>
        {
            _entered.SetResult();
            await _release.Task;
        });
        using var owned = client;
        Task? stopping = null;
        await using var server = await TestServer.StartAsync(async context =>
        {
            stopping = other.StopAsync();
            await context.Response.WriteTextAsync(stopping.IsCompleted ? "stopped" : "waits");
        });
        using var asking = await server.ConnectAsync();
        Assert.Equal("waits", (await asking.GetAsync("/")).Content);
        _release.SetResult();
        await stopping!.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_stop_waits_until_the_handlers_it_aborted_have_ended()
    {
        var (server, client) = await StartAsync(async context =>
        {
            _entered.SetResult();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, context.Aborted));
            await _release.Task;
        });
        using var owned = client;
        var stopping = server.StopAsync(new CancellationToken(canceled: true));
        await Until.TrueAsync(
            () => _log.Entries.Any(entry => entry.Message.StartsWith("Stopping: requests that did not finish", StringComparison.Ordinal)));
        Assert.False(stopping.IsCompleted);
        _release.SetResult();
        await stopping.WaitAsync(TestTimeout.Long);
        Assert.DoesNotContain(
            _log.Entries, entry => entry.Message.StartsWith("Stopping: handlers that still run", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_waits_five_seconds_for_a_handler_that_does_not_end()
    {
        var (server, client) = await StartAsync(async context =>
        {
            _entered.SetResult();
            await _release.Task;
        });
        using var owned = client;
        var timers = _time.TimerCount;
        var stopping = server.StopAsync(new CancellationToken(canceled: true));
        await Until.TrueAsync(
            () => _log.Entries.Any(entry => entry.Message.StartsWith("Stopping: requests that did not finish", StringComparison.Ordinal)));
        await Until.TrueAsync(() => _time.TimerCount > timers);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(stopping.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await stopping.WaitAsync(TestTimeout.Long);
        Assert.Contains(
            (LogLevel.Warning, "Stopping: handlers that still run 5 s after they were aborted, and are no longer waited for: 1.", null),
            _log.Entries);
        _release.SetResult();
    }

    [Fact]
    public async Task A_stream_that_watches_Stopping_ends_cleanly()
    {
        var (server, client) = await StartAsync(async context =>
        {
            context.Response.Write("a"u8);
            await context.Response.FlushAsync();
            _entered.SetResult();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, context.Stopping));
            context.Response.Write("z"u8);
        });
        using var owned = client;
        var stopping = server.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal("az", (await client.ReadResponseAsync()).Content);
        client.Dispose();
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task Callbacks_of_Stopping_may_throw_or_block_without_affecting_the_stop_or_other_handlers()
    {
        using var unblock = new ManualResetEventSlim();
        var (throwing, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        var registered = new CountdownEvent(3);
        await using var server = await TestServer.StartAsync(
            async context =>
            {
                using var registration = context.Stopping.Register(context.Request.Path switch
                {
                    "/blocks" => () => unblock.Wait(TestTimeout.Long),
                    "/throws" => () => throw new InvalidOperationException("No."),
                    _ => told.SetResult,
                });
                registered.Signal();
                await _release.Task;
                registration.Unregister();
                await context.Response.WriteTextAsync("ok");
            },
            options => options.LoggerFactory = _log);
        var clients = new List<RawClient>();
        foreach (var path in new[] { "/blocks", "/throws", "/" })
        {
            clients.Add(await server.ConnectAsync());
            await clients[^1].SendAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        }

        Assert.True(registered.Wait(TestTimeout.Long, TestContext.Current.CancellationToken));
        var stopping = server.StopAsync(TestContext.Current.CancellationToken);
        await told.Task.WaitAsync(TestTimeout.Long);
        await Until.TrueAsync(() => _log.Entries.Any(entry => entry.Exception?.Message == "No."));
        _release.SetResult();
        foreach (var client in clients[1..])
        {
            Assert.Equal("ok", (await client.ReadResponseAsync()).Content);
        }

        unblock.Set();
        Assert.Equal("ok", (await clients[0].ReadResponseAsync()).Content);
        clients.ForEach(client => client.Dispose());
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("upgrade")]
    public async Task A_stream_that_ignores_the_stop_gets_its_grace_and_other_requests_the_full_time(string kind)
    {
        var waits = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(
            async context =>
            {
                if (context.Request.Path == "/waits")
                {
                    waits.SetResult();
                    await _release.Task;
                    await context.Response.WriteTextAsync("whole");
                    return;
                }

                if (kind == "upgrade")
                {
                    await context.UpgradeAsync("line");
                }
                else
                {
                    context.Response.Write("a"u8);
                    await context.Response.FlushAsync();
                }

                _entered.SetResult();
                await Task.Delay(Timeout.Infinite, context.Aborted);
            },
            options =>
            {
                options.TimeProvider = _time;
                options.LoggerFactory = _log;
                options.Limits.StreamGrace = TimeSpan.FromSeconds(2);
            });
        using var stream = await server.ConnectAsync();
        await stream.SendAsync("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: line\r\n\r\n");
        using var waiting = await server.ConnectAsync();
        await waiting.SendAsync("GET /waits HTTP/1.1\r\nHost: h\r\n\r\n");
        await Task.WhenAll(_entered.Task, waits.Task).WaitAsync(TestTimeout.Long);
        var timers = _time.TimerCount;
        var stopping = server.StopAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => _time.TimerCount > timers);
        var reading = stream.ReadToResetAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        try
        {
            await reading;
            _time.Advance(TimeSpan.FromSeconds(20));
            Assert.False(stopping.IsCompleted);
        }
        finally
        {
            // The server cannot stop before, not even after a failure.
            _release.SetResult();
        }

        Assert.Equal("whole", (await waiting.ReadResponseAsync()).Content);
        waiting.Dispose();
        await stopping.WaitAsync(TestTimeout.Long);
        Assert.Contains(_log.Entries, entry =>
            entry.Message == "Stopping: open streams and upgraded connections that did not end within StreamGrace and were cut off: 1.");
    }

    [Fact]
    public async Task A_response_that_starts_during_the_stop_is_not_cut_off_as_a_stream()
    {
        var start = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(
            async context =>
            {
                context.Response.Write("a"u8);
                if (context.Request.Path == "/early")
                {
                    await context.Response.FlushAsync();
                    _entered.SetResult();
                    await Task.Delay(Timeout.Infinite, context.Stopping).ContinueWith(_ => { }, TaskScheduler.Default);
                    return;
                }

                await start.Task;
                await context.Response.FlushAsync();
                started.SetResult();
                await _release.Task;
            },
            options => options.TimeProvider = _time);
        using var early = await server.ConnectAsync();
        using var late = await server.ConnectAsync();
        await late.SendAsync("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
        await early.SendAsync("GET /early HTTP/1.1\r\nHost: h\r\n\r\n");
        await _entered.Task;
        await Until.TrueAsync(() => _time.TimerCount == 1);
        var stopping = server.StopAsync(TestContext.Current.CancellationToken);
        start.SetResult();
        await started.Task.WaitAsync(TestTimeout.Long);
        Assert.Equal("a", (await early.ReadResponseAsync()).Content);
        early.Dispose();
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(stopping.IsCompleted);
        _release.SetResult();
        Assert.Equal("a", (await late.ReadResponseAsync()).Content);
        late.Dispose();
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_start_waits_for_the_stop_in_progress_and_a_stricter_stop_can_still_shorten_it()
    {
        var (server, client) = await StartAsync(async context =>
        {
            _entered.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.Aborted);
        });
        using var owned = client;
        var stopping = server.StopAsync(TestContext.Current.CancellationToken);
        var starting = server.StartAsync(TestContext.Current.CancellationToken);
        Assert.False(starting.IsCompleted);
        Assert.Empty(server.EndPoints);
        await server.StopAsync(new CancellationToken(canceled: true)).WaitAsync(TestTimeout.Long);
        await Task.WhenAll(stopping, starting).WaitAsync(TestTimeout.Long);
        Assert.Single(server.EndPoints);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task The_accept_loop_and_handlers_do_not_inherit_the_context_of_the_starter()
    {
        var local = new AsyncLocal<string?> { Value = "the starter's" };
        using var activity = new System.Diagnostics.Activity("the starter's").Start();
        var seen = new List<string?>();
        var accepted = new TaskCompletionSource();
        var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var waiting = await RawClient.ConnectAsync(listener.EndPoint);
        using var loop = new AcceptLoop([listener], _time, new ObserverGuard(_log), (socket, _) =>
        {
            seen.Add(local.Value ?? System.Diagnostics.Activity.Current?.OperationName);
            socket.Dispose();
            accepted.SetResult();
        });
        loop.Start();
        await accepted.Task.WaitAsync(TestTimeout.Long);
        await loop.StopAsync();
        await using var server = await TestServer.StartAsync(context =>
        {
            seen.Add(local.Value ?? System.Diagnostics.Activity.Current?.OperationName);
            return Task.CompletedTask;
        });
        using var client = await server.ConnectAsync();
        await client.GetAsync("/");
        Assert.Equal([null, null], seen);
        Assert.Equal("the starter's", local.Value);
    }

    /// <summary>A server, and a client whose request its handler has entered.</summary>
    private async Task<(HttpServer Server, RawClient Client)> StartAsync(Func<RequestContext, Task> app)
    {
        var server = await TestServer.StartAsync(app, options =>
        {
            options.TimeProvider = _time;
            options.LoggerFactory = _log;
        });
        var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await _entered.Task.WaitAsync(TestTimeout.Long);
        return (server, client);
    }
}
