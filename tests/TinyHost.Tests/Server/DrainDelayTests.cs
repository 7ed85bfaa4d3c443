// Owns: tests of the delay between the beginning of a stop and the closing of the ports.

using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class DrainDelayTests
{
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();

    private static Task Hello(RequestContext context) => context.Response.WriteTextAsync("hello");

    [Fact]
    public async Task A_stopping_server_accepts_and_answers_until_the_delay_is_over()
    {
        await using var server = await StartAsync(Hello);
        var endPoint = server.EndPoints[0];
        var stopping = await BeginStopAsync(server);
        for (var i = 0; i < 3; i++)
        {
            using var client = await RawClient.ConnectAsync(endPoint);
            Assert.Equal("hello", (await client.GetAsync("/")).Content);
            Assert.Equal("", await client.ReadToEndAsync());
        }

        Assert.False(stopping.IsCompleted);
        await EndDelayAsync();
        await stopping.WaitAsync(TestTimeout.Long);
        var refused = await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(endPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        Assert.Contains(_log.Entries, entry => entry.Message ==
            "Stopping: no longer ready, but accepting connections for another 10 s (DrainDelay), or until the next request to stop.");
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("HEAD", false)]
    [InlineData("GET", true)]
    public async Task Responses_during_the_delay_end_their_connections(string method, bool isStreamed)
    {
        await using var server = await StartAsync(async context =>
        {
            context.Response.Write("part"u8);
            if (isStreamed)
            {
                await context.Response.FlushAsync();
            }
        });
        using var idle = await server.ConnectAsync();
        Assert.Empty((await idle.GetAsync("/")).Fields["Connection"]);
        var stopping = await BeginStopAsync(server);
        // The idle connection is still open, and stays so until its next response.
        await idle.SendAsync($"{method} / HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(["close"], (await idle.ReadResponseAsync(toHead: method == "HEAD")).Fields["Connection"]);
        Assert.Equal("", await idle.ReadToEndAsync());
        await EndDelayAsync();
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_request_in_progress_when_the_stop_begins_is_its_connections_last()
    {
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await StartAsync(async context =>
        {
            entered.SetResult();
            await release.Task;
            await Hello(context);
        });
        using var client = await server.ConnectAsync();
        var getting = client.GetAsync("/");
        await entered.Task.WaitAsync(TestTimeout.Long);
        var stopping = await BeginStopAsync(server);
        release.SetResult();
        Assert.Equal(["close"], (await getting).Fields["Connection"]);
        await EndDelayAsync();
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task Pipelined_requests_that_have_arrived_are_all_answered_and_the_last_response_says_close()
    {
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await StartAsync(async context =>
        {
            entered.TrySetResult();
            await release.Task;
            await context.Response.WriteTextAsync(context.Request.Path);
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync(
            "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
            + "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n\r\n\r\n"
            + "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
        await entered.Task.WaitAsync(TestTimeout.Long);
        var stopping = await BeginStopAsync(server);
        release.SetResult();
        var responses = await client.ReadToEndAsync();
        Assert.Equal(["/1", "/2", "/3"], responses.Split("HTTP/1.1 200 OK").Skip(1).Select(response => response[^2..]));
        Assert.Equal(1, responses.Split("Connection: close").Length - 1);
        Assert.True(responses.LastIndexOf("Connection: close", StringComparison.Ordinal)
            > responses.LastIndexOf("HTTP/1.1", StringComparison.Ordinal));
        await EndDelayAsync();
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_stream_sees_the_stop_at_once_and_has_its_grace_after_the_delay()
    {
        var (entered, told) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await StartAsync(async context =>
        {
            await context.Response.FlushAsync();
            entered.TrySetResult();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.Infinite, context.Stopping));
            told.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.Aborted);
        });
        using var stream = await server.ConnectAsync();
        await stream.SendAsync("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        await entered.Task.WaitAsync(TestTimeout.Long);
        var stopping = await BeginStopAsync(server);
        await told.Task.WaitAsync(TestTimeout.Long);
        var timers = await EndDelayAsync();
        await Until.TrueAsync(() => _time.TimerCount > timers);
        Assert.False(stopping.IsCompleted);
        var reading = stream.ReadToResetAsync();
        _time.Advance(TimeSpan.FromSeconds(5));
        await reading;
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_that_lasts_longer_than_the_delay_is_answered(bool beginsAfterTheStop)
    {
        var entered = new TaskCompletionSource();
        await using var server = await StartAsync(async context =>
        {
            entered.SetResult();
            await context.Response.WriteTextAsync($"{(await context.Request.Body.ReadAllAsync()).Length} bytes");
        });
        using var client = await server.ConnectAsync();
        const string Begin = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nab";
        var stopping = beginsAfterTheStop ? await BeginStopAsync(server) : null;
        await client.SendAsync(Begin);
        await entered.Task.WaitAsync(TestTimeout.Long);
        stopping ??= await BeginStopAsync(server);
        await client.SendAsync("cd");
        await EndDelayAsync();
        Assert.False(stopping.IsCompleted);
        await client.SendAsync("ef");
        var response = await client.ReadResponseAsync();
        Assert.Equal(("6 bytes", "close"), (response.Content, Assert.Single(response.Fields["Connection"])));
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task An_upgrade_during_the_delay_is_a_stream_with_its_grace()
    {
        await using var server = await StartAsync(async context =>
        {
            await using var stream = await context.UpgradeAsync("line");
            var buffer = new byte[64];
            for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count));
            }
        });
        using var client = await server.ConnectAsync();
        var stopping = await BeginStopAsync(server);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: line\r\n\r\n");
        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: Upgrade\r\n", head, StringComparison.OrdinalIgnoreCase);
        await client.SendAsync("hello");
        Assert.Equal("hello", await client.ReadCountAsync(5));
        await EndDelayAsync();
        await client.SendAsync("still");
        Assert.Equal("still", await client.ReadCountAsync(5));
        Assert.False(stopping.IsCompleted);
        client.FinishSending();
        Assert.Equal("", await client.ReadToEndAsync());
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_second_stop_ends_the_delay_and_waits_for_requests_as_usual()
    {
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await StartAsync(async context =>
        {
            entered.SetResult();
            await release.Task;
        });
        using var client = await server.ConnectAsync();
        var getting = client.GetAsync("/");
        await entered.Task.WaitAsync(TestTimeout.Long);
        var endPoint = server.EndPoints[0];
        var stopping = await BeginStopAsync(server);
        _time.Advance(TimeSpan.FromSeconds(3));
        var second = server.StopAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => _log.Entries.Any(entry => entry.Message ==
            "Stopping: the DrainDelay of 10 s ended after 3 s, because the stop was requested again."));
        await Until.TrueAsync(() => Refuses(endPoint));
        Assert.False(stopping.IsCompleted || second.IsCompleted);
        release.SetResult();
        Assert.Equal(200, (await getting).Status);
        await Task.WhenAll(stopping, second).WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_stop_that_runs_out_of_time_ends_the_delay_with_a_warning()
    {
        await using var server = await StartAsync(Hello);
        using var limit = new CancellationTokenSource();
        var stopping = await BeginStopAsync(server, limit.Token);
        _time.Advance(TimeSpan.FromSeconds(4));
        await limit.CancelAsync();
        await stopping.WaitAsync(TestTimeout.Long);
        Assert.Contains(
            (LogLevel.Warning,
                "Stopping: the DrainDelay of 10 s was cut off after 4 s, because the time for the stop was over (in a Generic Host: "
                + "HostOptions.ShutdownTimeout).",
                null),
            _log.Entries);
    }

    [Fact]
    public async Task A_disposal_and_a_stop_without_time_have_no_delay()
    {
        await using var server = await StartAsync(Hello);
        await server.StopAsync(new CancellationToken(canceled: true)).WaitAsync(TestTimeout.Long);
        await server.StartAsync(TestContext.Current.CancellationToken);
        await server.DisposeAsync().AsTask().WaitAsync(TestTimeout.Long);
        Assert.DoesNotContain(_log.Entries, entry => entry.Message.Contains("DrainDelay", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_by_a_handler_has_the_delay_too()
    {
        HttpServer server = null!;
        server = await StartAsync(async context =>
        {
            await server.StopAsync();
            await Hello(context);
        });
        using var client = await server.ConnectAsync();
        var timers = _time.TimerCount;
        Assert.Equal(["close"], (await client.GetAsync("/")).Fields["Connection"]);
        await Until.TrueAsync(() => _time.TimerCount > timers);
        await EndDelayAsync();
        await server.StartAsync(TestContext.Current.CancellationToken).WaitAsync(TestTimeout.Long);
        Assert.Single(server.EndPoints);
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2_147_484)]
    public void A_delay_out_of_range_is_refused(double seconds)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => new ServerOptions { DrainDelay = TimeSpan.FromSeconds(seconds) });
        Assert.StartsWith("Must be from zero to 2,147,483 seconds.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n")]
    public async Task Stops_under_the_load_of_200_connections_lose_no_request(string proxyHeader)
    {
        var stops = new StopLoad(connections: 200, TimeSpan.FromMilliseconds(200), proxyHeader);
        await stops.RunAsync(stops: 3);
        Assert.True(stops.Failure is null, stops.Failure);
        Assert.True(stops.Answered >= 600, $"Only {stops.Answered} requests were answered.");
    }

    private static bool Refuses(System.Net.IPEndPoint endPoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }

    private Task<HttpServer> StartAsync(Func<RequestContext, Task> app) => TestServer.StartAsync(app, options =>
    {
        // A client that connects to it in vain must not get its port as its own.
        options.Prefixes.Add($"http://127.0.0.1:{FreePort.Next()}/");
        options.DrainDelay = s_delay;
        options.TimeProvider = _time;
        options.LoggerFactory = _log;
    });

    /// <summary>Returns once the delay has begun.</summary>
    private async Task<Task> BeginStopAsync(HttpServer server, CancellationToken limit = default)
    {
        var timers = _time.TimerCount;
        var stopping = server.StopAsync(limit);
        await Until.TrueAsync(() => _time.TimerCount > timers);
        return stopping;
    }

    /// <summary>Returns the number of timers that are left.</summary>
    private async Task<int> EndDelayAsync()
    {
        // The second timer is for the last quarter of a second, when peers can no longer connect.
        var timers = _time.TimerCount;
        _time.Advance(s_delay - TimeSpan.FromMilliseconds(250));
        await Until.TrueAsync(() => _time.TimerCount == timers);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        return timers - 1;
    }
}
