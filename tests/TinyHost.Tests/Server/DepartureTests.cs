using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>The server notices a peer that has left; a peer that has only finished sending still gets its response.</summary>
public sealed class DepartureTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    [Fact]
    public async Task The_aborted_token_fires_even_if_the_handler_catches_every_failed_write()
    {
        var failed = new TaskCompletionSource();
        using var server = new MemoryServer(
            async context =>
            {
                while (!context.Aborted.IsCancellationRequested)
                {
                    try
                    {
                        await context.Response.WriteAsync("data: x\n\n"u8.ToArray());
                        await context.Response.FlushAsync();
                        await Task.Yield();
                    }
                    catch (IOException)
                    {
                        failed.TrySetResult();
                        await Task.Yield();
                    }
                }
            },
            new MemoryTransport { FailSend = 3 }.Arrive(Get));
        await failed.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        await server.EndAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task Pipelined_requests_are_not_handled_after_a_response_could_not_be_sent()
    {
        var handled = 0;
        var transport = new MemoryTransport { FailSend = 0 };
        using var server = new MemoryServer(
            async context =>
            {
                if (++handled == 2)
                {
                    // The first response is sent while this handler waits.
                    await Until.TrueAsync(() => transport.HasFailed);
                }

                await context.Response.WriteTextAsync("ok");
            },
            transport.Arrive(string.Concat(Enumerable.Repeat(Get, 100))));
        await server.EndAsync();
        Assert.Equal(2, handled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_aborted_token_fires_when_the_peer_finishes_sending_and_the_response_still_goes_out(bool hasMore)
    {
        var waiting = new TaskCompletionSource();
        var served = 0;
        using var server = new MemoryServer(
            async context =>
            {
                if (served++ == 0)
                {
                    var left = new TaskCompletionSource();
                    using var registration = context.Aborted.Register(left.SetResult);
                    waiting.SetResult();
                    await left.Task;
                }

                await context.Response.WriteTextAsync($"answer {served}");
            },
            new MemoryTransport().Arrive(Get + (hasMore ? Get : "")));
        await waiting.Task;
        server.Transport.FinishSending();
        server.Time.Advance(TimeSpan.FromSeconds(1));
        var sent = await server.EndAsync();
        Assert.Contains("answer 1", sent, StringComparison.Ordinal);
        Assert.Equal(hasMore, sent.Contains("answer 2", StringComparison.Ordinal));
        Assert.False(server.Transport.IsAborted);
    }

    [Fact]
    public async Task A_handler_that_stops_because_its_peer_has_left_is_not_an_error()
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
        // The handler may not have read the token yet.
        server.Transport.FinishSending();
        await Until.TrueAsync(() =>
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            return server.Served.IsCompleted;
        });
        Assert.DoesNotContain("HTTP/1.1 500", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task The_departure_of_a_peer_is_noticed_over_sockets_behind_unread_content()
    {
        var waiting = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        await using var server = await WatchedServer.StartAsync(async context =>
        {
            using var registration = context.Aborted.Register(left.SetResult);
            waiting.SetResult();
            await left.Task;
            await context.Response.WriteTextAsync("still there?");
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST /wait HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789");
        await waiting.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        client.FinishSending();
        await left.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.EndsWith("still there?", await client.ReadToEndAsync(), StringComparison.Ordinal);
        await server.EmptyAsync();
    }

    [Fact]
    public async Task An_aborted_request_does_not_cancel_the_token_of_a_later_one()
    {
        var cancelled = new List<bool>();
        await MemoryServer.ExchangeAsync(Get + Get, context =>
        {
            cancelled.Add(context.Aborted.IsCancellationRequested);
            return Task.CompletedTask;
        });
        Assert.Equal([false, false], cancelled);
    }
}
