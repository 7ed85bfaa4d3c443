// Owns: what a server in memory shares with one over sockets.

using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TinyHost.Metrics;
using TinyHost.Tests.Support;

namespace TinyHost.Testing.Tests;

public sealed class TestServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_of_one_client_share_a_connection_and_those_at_once_have_their_own()
    {
        await using var app = TestServer.Start(context => context.Response.WriteTextAsync($"{context.Connection.Id}"));
        var first = await app.Client.GetStringAsync("/", Cancellation);
        Assert.Equal(first, await app.Client.GetStringAsync("/", Cancellation));
        var others = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => app.Client.GetStringAsync("/", Cancellation)));
        Assert.Equal(50, others.Length);
        Assert.Contains(first, others);
    }

    [Fact]
    public async Task The_dashboard_has_a_value_for_each_second_that_the_test_advances()
    {
        var options = new MetricsOptions { Port = 9100, Dashboard = true };
        await using var app = TestServer.Start(pipeline => pipeline
            .UseMetrics(options)
            .Run(context => context.Response.WriteTextAsync("Hello")));
        for (var second = 0; second < 3; second++)
        {
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var page = await app.ClientFor(9100).GetStringAsync("/dashboard", Cancellation);
        Assert.Contains($"\"newest\":{app.Time.GetUtcNow().ToUnixTimeSeconds()},", page, StringComparison.Ordinal);
        Assert.Contains("2026-01-01 00:00:03 UTC", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_content_flows_in_both_directions()
    {
        await using var app = TestServer.Start(async context =>
        {
            var received = new MemoryStream();
            await context.Request.Body.AsStream().CopyToAsync(received);
            await context.Response.WriteAsync(received.ToArray());
        });
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        using var response = await app.Client.PostAsync("/", new ByteArrayContent(content), Cancellation);
        Assert.Equal(content, await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task A_client_reads_what_a_handler_has_flushed_while_it_runs()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = TestServer.Start(async context =>
        {
            await context.Response.WriteAsync("one"u8.ToArray());
            await context.Response.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("two"u8.ToArray());
        });
        await using var content = await app.Client.GetStreamAsync("/", Cancellation);
        var buffer = new byte[3];
        await content.ReadExactlyAsync(buffer, Cancellation);
        Assert.Equal("one", Encoding.ASCII.GetString(buffer));
        go.SetResult();
        using var rest = new StreamReader(content);
        Assert.Equal("two", await rest.ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_the_request_after_a_second()
    {
        var (arrived, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = TestServer.Start(async context =>
        {
            context.Aborted.Register(left.SetResult);
            arrived.SetResult();
            await left.Task;
        });
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var request = app.Client.GetAsync("/", cancelling.Token);
        await arrived.Task.WaitAsync(TestTimeout.Long, Cancellation);
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        Assert.False(left.Task.IsCompleted);
        app.Time.Advance(TimeSpan.FromSeconds(1));
        await left.Task.WaitAsync(TestTimeout.Long, Cancellation);
    }

    [Fact]
    public async Task A_handler_that_aborts_breaks_the_clients_read()
    {
        await using var app = TestServer.Start(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await Assert.ThrowsAsync<HttpRequestException>(() => app.Client.GetAsync("/", Cancellation));
    }

    [Fact]
    public async Task An_idle_connection_closes_when_its_time_is_over_by_the_tests_clock()
    {
        await using var app = TestServer.Start(
            context => context.Response.WriteTextAsync($"{context.Connection.Id}"),
            options => options.Limits.IdleTimeout = TimeSpan.FromSeconds(20));
        var first = await app.Client.GetStringAsync("/", Cancellation);
        await app.IdleAsync(Cancellation);
        app.Time.Advance(TimeSpan.FromSeconds(25));
        await app.IdleAsync(Cancellation);
        Assert.NotEqual(first, await app.Client.GetStringAsync("/", Cancellation));
        Assert.Equal(1, app.Metrics.Count("tinyhost.connection.duration", ("reason", "idle_timeout")));
    }

    [Fact]
    public async Task The_date_of_a_response_is_that_of_the_clock()
    {
        var time = new ManualClock(new DateTimeOffset(2030, 5, 6, 7, 8, 9, TimeSpan.Zero));
        await using var app = TestServer.Start(_ => Task.CompletedTask, time: time);
        using var response = await app.Client.GetAsync("/", Cancellation);
        Assert.Equal(new DateTimeOffset(2030, 5, 6, 7, 8, 9, TimeSpan.Zero), response.Headers.Date);
        time.Advance(TimeSpan.FromSeconds(51));
        using var later = await app.Client.GetAsync("/", Cancellation);
        Assert.Equal(new DateTimeOffset(2030, 5, 6, 7, 9, 0, TimeSpan.Zero), later.Headers.Date);
    }

    [Fact]
    public async Task A_WebSocket_opens_over_memory()
    {
        await using var app = TestServer.Start(async context =>
        {
            using var socket = (await context.AcceptWebSocketAsync())!;
            var buffer = new byte[16];
            var received = await socket.ReceiveAsync(buffer, context.Aborted);
            await socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Text, true, context.Aborted);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.Aborted);
        });
        using var client = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(app.CreateHandler());
        await client.ConnectAsync(new Uri("ws://localhost/"), invoker, Cancellation);
        await client.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, Cancellation);
        var answer = new byte[16];
        var count = (await client.ReceiveAsync(answer, Cancellation)).Count;
        Assert.Equal("ping", Encoding.ASCII.GetString(answer, 0, count));
        Assert.Equal(WebSocketMessageType.Close, (await client.ReceiveAsync(answer, Cancellation)).MessageType);
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
    }

    [Fact]
    public async Task Limits_on_connections_hold()
    {
        var arrived = new TaskCompletionSource();
        await using var app = TestServer.Start(
            context =>
            {
                arrived.TrySetResult();
                return Task.Delay(Timeout.Infinite, context.Aborted);
            },
            options => options.Limits.MaxConnections = 1);
        var first = app.Client.GetAsync("/", Cancellation);
        await arrived.Task.WaitAsync(TestTimeout.Long, Cancellation);
        await Assert.ThrowsAsync<HttpRequestException>(() => app.Client.GetAsync("/", Cancellation));
        // HttpClient tries again.
        Assert.NotEqual(0, app.Metrics.Sum("tinyhost.connections.rejected", ("reason", "max_connections")));
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public async Task Prefixes_have_ports_names_and_base_paths_of_their_own()
    {
        await using var app = TestServer.Start(
            context => context.Response.WriteTextAsync($"{context.Request.BasePath}|{context.Request.Path}|{context.Connection.LocalPort}"),
            options =>
            {
                options.Prefixes.Add("shop=http://+:8080/shop/");
                options.Prefixes.Add("admin=https://127.0.0.1:8443/");
                options.Prefixes.Add("any=http://localhost:0/");
                options.Prefixes.Add("http://localhost:0/");
                options.Prefixes.Add("unix=http://unix:/run/shop.sock");
                options.Prefixes.Add("http://unix:/run/shop.sock:/second");
            });
        Assert.Equal("/shop|/tea|8080", await app.Client.GetStringAsync("tea", Cancellation));
        Assert.Equal("|/x|8443", await app.ClientFor("ADMIN").GetStringAsync("/x", Cancellation));
        Assert.Equal("|/x|8443", await app.ClientFor(8443).GetStringAsync("/x", Cancellation));
        Assert.EndsWith("|49152", await app.ClientFor("any").GetStringAsync("/", Cancellation), StringComparison.Ordinal);
        Assert.EndsWith("|49153", await app.ClientFor(49_153).GetStringAsync("/", Cancellation), StringComparison.Ordinal);
        Assert.EndsWith("|0", await app.ClientFor("unix").GetStringAsync("/", Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await app.ClientFor(8080).GetAsync("/other", Cancellation)).StatusCode);
        Assert.Contains("shop (http://localhost:8080/shop/)", Assert.Throws<ArgumentException>(() => app.ClientFor("other")).Message,
            StringComparison.Ordinal);
        Assert.Contains("No prefix has the port 1.", Assert.Throws<ArgumentException>(() => app.ClientFor(1)).Message,
            StringComparison.Ordinal);
        await Assert.ThrowsAsync<HttpRequestException>(() => app.Client.GetAsync("http://localhost:1/", Cancellation));
    }

    [Fact]
    public void A_start_that_fails_throws_what_it_throws_over_sockets() =>
        Assert.Contains(
            "remove one of them",
            Assert.Throws<ServerStartException>(() => TestServer.Start(_ => Task.CompletedTask, options =>
            {
                options.Prefixes.Add("http://+:80/");
                options.Prefixes.Add("http://+:80/");
            })).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task The_probes_of_the_health_checks_find_a_server_in_memory_alive()
    {
        await using var app = TestServer.Start(pipeline => pipeline.UseHealth(port: 9100).Run(_ => Task.CompletedTask));
        using var probe = app.ClientFor(9100);
        Assert.Equal(HttpStatusCode.OK, (await probe.GetAsync("/-/healthy", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await probe.GetAsync("/-/ready", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_stop_lets_requests_finish_and_refuses_new_connections()
    {
        var (arrived, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = TestServer.Start(async context =>
        {
            arrived.SetResult();
            await go.Task;
            await context.Response.WriteTextAsync("done");
        });
        var request = app.Client.GetStringAsync("/", Cancellation);
        await arrived.Task.WaitAsync(TestTimeout.Long, Cancellation);
        var stopped = app.StopAsync(Cancellation);
        Assert.False(stopped.IsCompleted);
        await Assert.ThrowsAsync<HttpRequestException>(() => app.Client.GetAsync("/", Cancellation));
        go.SetResult();
        Assert.Equal("done", await request);
        await stopped.WaitAsync(TestTimeout.Long, Cancellation);
    }

    [Fact]
    public async Task The_end_of_a_test_aborts_its_requests()
    {
        var (arrived, aborted) = (new TaskCompletionSource(), new TaskCompletionSource());
        Task<HttpResponseMessage> request;
        await using (var app = TestServer.Start(async context =>
        {
            context.Aborted.Register(aborted.SetResult);
            arrived.SetResult();
            await aborted.Task;
        }))
        {
            request = app.Client.GetAsync("/", Cancellation);
            await arrived.Task.WaitAsync(TestTimeout.Long, Cancellation);
        }

        await aborted.Task.WaitAsync(TestTimeout.Long, Cancellation);
        await Assert.ThrowsAnyAsync<Exception>(() => request);
    }

    [Fact]
    public async Task Servers_and_background_services_of_a_host_run_together()
    {
        await using var app = await TestServer.StartHostAsync(host =>
        {
            host.Configuration["TinyHost:Prefixes:0"] = "http://+:8080/";
            host.Configuration["TinyHost:admin:Prefixes:0"] = "http://127.0.0.1:8081/";
            host.Services
                .AddTinyHost(pipeline => pipeline.UseErrors().Run(context => throw new InvalidOperationException("no tea")))
                .AddTinyHost("admin", pipeline => pipeline.Run(context => context.Response.WriteTextAsync("admin")));
        });
        Assert.Equal("admin", await app.ClientFor(8081).GetStringAsync("/", Cancellation));
        Assert.Equal(HttpStatusCode.InternalServerError, (await app.ClientFor(8080).GetAsync("/", Cancellation)).StatusCode);
        Assert.Equal("no tea", Assert.Single(app.Logs.Exceptions).Message);
        await app.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Two_servers_of_a_host_cannot_have_the_same_port()
    {
        var failure = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.StartHostAsync(host =>
        {
            host.Configuration["TinyHost:Prefixes:0"] = "http://+:8080/";
            host.Configuration["TinyHost:admin:Prefixes:0"] = "http://127.0.0.1:8080/";
            host.Services
                .AddTinyHost(pipeline => pipeline.Run(_ => Task.CompletedTask))
                .AddTinyHost("admin", pipeline => pipeline.Run(_ => Task.CompletedTask));
        }));
        Assert.Equal("Cannot listen on http://127.0.0.1:8080/: another server of the test does.", failure.Message);
    }

    [Fact]
    public async Task Entries_of_the_log_have_their_category_level_and_values()
    {
        var log = LoggerMessage.Define<int>(LogLevel.Warning, 7, "{Count} left");
        await using var app = TestServer.Start(
            pipeline => pipeline.Run(context =>
            {
                log(context.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Shop"), 3, null);
                return Task.CompletedTask;
            }));
        await app.Client.GetAsync("/", Cancellation);
        var entry = Assert.Single(app.Logs.Entries, entry => entry.Category == "Shop");
        Assert.Equal((LogLevel.Warning, "3 left"), (entry.Level, entry.Message));
        Assert.Contains(new KeyValuePair<string, object?>("Count", 3), entry.Values);
        Assert.Equal("Warning Shop: 3 left", $"{entry}");
        Assert.Contains("Warning Shop: 3 left", $"{app.Logs}", StringComparison.Ordinal);
        Assert.Equal(["3 left"], app.Logs.Messages(LogLevel.Warning));
        Assert.Empty(app.Logs.Exceptions);
    }
}
