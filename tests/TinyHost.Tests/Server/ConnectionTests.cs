using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ConnectionTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string LastGet = "GET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private static Task Path(RequestContext context) => context.Response.WriteTextAsync(context.Request.Path);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [Fact]
    public async Task A_response_has_status_date_and_length()
    {
        var sent = await MemoryServer.ExchangeAsync(Get, Path);
        Assert.Equal(
            "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + "Content-Length: 2\r\n\r\n/a",
            sent);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("GET /a HT", false)]
    [InlineData(Get, true)]
    public async Task Only_a_request_in_progress_counts_as_unfinished_when_the_stop_gives_up(string input, bool unfinished)
    {
        using var server = new MemoryServer(
            context => Task.Delay(Timeout.Infinite, context.Aborted), input.Length == 0 ? null : new MemoryTransport().Arrive(input));
        server.Connection.CloseIfIdle();
        Assert.Equal(unfinished, server.Connection.Abort());
        await server.EndAsync();
    }

    [Fact]
    public async Task The_date_follows_the_clock_once_a_second()
    {
        using var server = new MemoryServer(Path);
        server.Time.Advance(TimeSpan.FromSeconds(3));
        server.Transport.Arrive(Get).FinishSending();
        Assert.Contains("Date: Sun, 22 Nov 2026 12:00:03 GMT\r\n", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order_in_one_send()
    {
        var requests = string.Concat(Enumerable.Range(0, 16).Select(i => $"GET /{i} HTTP/1.1\r\nHost: h\r\n\r\n"));
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive(requests).FinishSending());
        var sent = await server.EndAsync();
        var positions = Enumerable.Range(0, 16).Select(i => sent.IndexOf($"\r\n\r\n/{i}", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, positions);
        Assert.Equal(positions.Order(), positions);
        Assert.Equal(1, server.Transport.Sends);
    }

    [Fact]
    public async Task A_response_does_not_wait_for_a_slow_handler_of_the_next_request()
    {
        var release = new TaskCompletionSource();
        using var server = new MemoryServer(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                await release.Task;
            }

            await Path(context);
        });
        server.Transport.Arrive(Get + "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending();
        await server.Transport.SentAsync(sent => sent.EndsWith("/a", StringComparison.Ordinal));
        release.SetResult();
        Assert.EndsWith("/slow", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_flushes_keeps_the_order_of_held_responses()
    {
        using var server = new MemoryServer(async context =>
        {
            await Path(context);
            if (context.Request.Path == "/b")
            {
                await context.Response.FlushAsync();
                await Task.Yield();
                await context.Response.FlushAsync();
            }
        });
        server.Transport.Arrive(Get + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n" + LastGet).FinishSending();
        var sent = await server.EndAsync();
        Assert.Equal(3, Count(sent, "HTTP/1.1 200 OK"));
        Assert.Contains("\r\n\r\n/aHTTP/1.1", sent, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\n2\r\n/b\r\n0\r\n\r\nHTTP/1.1", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "Connection: close")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "Connection: close")]
    [InlineData("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Connection: keep-alive")]
    public async Task The_response_has_the_connection_option_required_by_the_request(string request, string expected) =>
        Assert.Contains(expected, await MemoryServer.ExchangeAsync(request, Path), StringComparison.Ordinal);

    [Fact]
    public async Task Nothing_after_a_closing_request_is_served()
    {
        var sent = await MemoryServer.ExchangeAsync(LastGet + Get, Path);
        Assert.Equal(1, Count(sent, "HTTP/1.1 "));
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_the_rest_of_a_head()
    {
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive("G"));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        await server.Connections.CloseAsync().WaitAsync(TestTimeout.Long);
        Assert.Equal("", await server.EndAsync());
    }

    [Fact]
    public async Task A_connection_that_ends_inside_a_head_is_answered_with_400() =>
        Assert.StartsWith("HTTP/1.1 400 ", await MemoryServer.ExchangeAsync("GET / HTTP/1.1\r\nHo", Path), StringComparison.Ordinal);

    [Fact]
    public async Task A_connection_that_ends_inside_content_is_answered_with_400()
    {
        var sent = await MemoryServer.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", async context => await context.Request.Body.ReadAllAsync());
        Assert.StartsWith("HTTP/1.1 400 ", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_only_connects_and_leaves_gets_no_response() =>
        Assert.Equal("", await MemoryServer.ExchangeAsync("", Path));

    [Fact]
    public async Task A_failing_send_ends_the_connection_without_a_log_entry()
    {
        using var server = new MemoryServer(Path, new MemoryTransport { FailSend = 0 }.Arrive(Get));
        await server.EndAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_reset_inside_content_reaches_the_handler_as_an_io_exception_and_is_not_logged()
    {
        Exception? seen = null;
        using var server = new MemoryServer(
            async context =>
            {
                try
                {
                    await context.Request.Body.ReadAllAsync();
                }
                catch (IOException e)
                {
                    seen = e;
                    throw;
                }
            },
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"));
        await Until.TrueAsync(() => server.Transport.Receives == 1);
        server.Transport.Reset();
        await server.EndAsync();
        Assert.NotNull(seen);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task The_aborted_token_fires_when_the_peer_has_left()
    {
        var waiting = new TaskCompletionSource();
        using var server = new MemoryServer(
            async context =>
            {
                waiting.SetResult();
                await Task.Delay(Timeout.Infinite, context.Aborted);
            },
            new MemoryTransport().Arrive(Get));
        await waiting.Task;
        await Until.TrueAsync(() =>
        {
            server.Transport.Vanished = true;
            server.Time.Advance(TimeSpan.FromSeconds(1));
            return server.Served.IsCompleted;
        });
        await server.EndAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_path_outside_every_prefix_is_404_and_a_path_inside_is_split()
    {
        Task Both(RequestContext context) => context.Response.WriteTextAsync(context.Request.BasePath + "|" + context.Request.Path);
        var expectations = new[] { ("/app/x", "/app|/x"), ("/app", "/app|/"), ("/apple", "404 Not Found\n"), ("/", "404 Not Found\n") };
        foreach (var (path, expected) in expectations)
        {
            using var server = new MemoryServer(
                Both, new MemoryTransport().Arrive($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(), basePaths: "/app");
            Assert.EndsWith("\r\n\r\n" + expected, await server.EndAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("OPTIONS *", "204 No Content", "Allow: GET, HEAD, OPTIONS")]
    [InlineData("OPTIONS http://h", "204 No Content", "Allow: GET, HEAD, OPTIONS")]
    [InlineData("OPTIONS http://h?", "404 Not Found", "Content-Length")]
    [InlineData("OPTIONS http://h/", "404 Not Found", "Content-Length")]
    [InlineData("OPTIONS /", "404 Not Found", "Content-Length")]
    [InlineData("GET http://h", "404 Not Found", "Content-Length")]
    [InlineData("CONNECT h:80", "501 Not Implemented", "Content-Length")]
    public async Task A_server_wide_request_reaches_the_app_whatever_the_prefix(string request, string status, string field)
    {
        using var server = new MemoryServer(
            new Routes().Get("/x", _ => Task.CompletedTask).HandleAsync,
            new MemoryTransport().Arrive($"{request} HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(),
            basePaths: "/app");
        var sent = await server.EndAsync();
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("\r\n" + field, sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Items_route_and_route_values_are_empty_at_the_start_of_each_request()
    {
        var counts = new List<int>();
        await MemoryServer.ExchangeAsync(Get + Get, context =>
        {
            counts.Add(
                context.Items.Count + context.Request.RouteValues.Count + (context.Route is null ? 0 : 1) + (context.Measured ? 0 : 1));
            context.Items["x"] = 1;
            context.Route = "/a";
            context.Measured = false;
            return Task.CompletedTask;
        });
        Assert.Equal([0, 0], counts);
    }

    [Fact]
    public async Task A_stop_closes_an_idle_connection_and_lets_a_busy_one_finish()
    {
        using var idle = new MemoryServer(Path);
        await Until.TrueAsync(() => idle.Pool.Lent == 0);
        var closing = idle.Connections.CloseAsync();
        await idle.EndAsync();
        await closing.WaitAsync(TestTimeout.Long);

        var release = new TaskCompletionSource();
        using var busy = new MemoryServer(
            async context =>
            {
                await release.Task;
                await Path(context);
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());
        _ = busy.Connections.CloseAsync();
        release.SetResult();
        var sent = await busy.EndAsync();
        Assert.Equal(2, Count(sent, "HTTP/1.1 "));
        Assert.Equal(1, Count(sent, "Connection: close"));
        Assert.True(sent.IndexOf("Connection: close", StringComparison.Ordinal) > sent.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal));
    }
}
