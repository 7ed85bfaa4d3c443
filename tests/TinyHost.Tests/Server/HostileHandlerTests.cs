// Owns: tests of handlers that break the rules: they throw, forget or block, over real sockets and in memory.

using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HostileHandlerTests
{
    private const string Get = "GET /hostile HTTP/1.1\r\nHost: h\r\n\r\n";

    private static readonly Dictionary<string, Func<RequestContext, Task>> s_throwing = new()
    {
        ["before the response, at once"] = _ => throw new InvalidOperationException("boom"),
        ["before the response, later"] = async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("boom");
        },
        ["after the response began, at once"] = context =>
        {
            context.Response.FlushAsync().AsTask().Wait(TestContext.Current.CancellationToken);
            throw new InvalidOperationException("boom");
        },
        ["after the response began, later"] = async context =>
        {
            await context.Response.FlushAsync();
            await Task.Yield();
            throw new InvalidOperationException("boom");
        },
    };

    public static TheoryData<string> Throwing() => [.. s_throwing.Keys];

    [Theory]
    [MemberData(nameof(Throwing))]
    public async Task A_handler_that_throws_is_logged_once_and_its_peer_sees_the_failure(string when)
    {
        await using var server = await WatchedServer.StartAsync(s_throwing[when]);
        using var client = await server.ConnectAsync();
        var reading = when.StartsWith("before", StringComparison.Ordinal) ? null : client.ReadToResetAsync();
        await client.SendAsync(Get);
        if (reading is null)
        {
            Assert.Equal(500, (await client.ReadResponseAsync()).Status);
            Assert.Equal("ok", (await client.GetAsync("/ok")).Content);
            client.Dispose();
            Assert.Equal(["closed_by_peer"], await server.ClosedAsync(1));
        }
        else
        {
            Assert.DoesNotContain("0\r\n\r\n", await reading, StringComparison.Ordinal);
            Assert.Equal(["response_aborted"], await server.ClosedAsync(1));
        }

        await server.AssertServesAsync();
        await server.EmptyAsync();
        Assert.Equal("boom", Assert.Single(server.Log.Entries, entry => entry.Level >= LogLevel.Error).Exception!.Message);
    }

    [Fact]
    public async Task A_handler_that_returns_null_is_answered_with_500_and_named_in_the_log()
    {
        await using var server = await WatchedServer.StartAsync(_ => null!);
        using var client = await server.ConnectAsync();
        Assert.Equal(500, (await client.GetAsync("/hostile")).Status);
        Assert.Equal("ok", (await client.GetAsync("/ok")).Content);
        Assert.Contains(
            server.Log.Entries,
            entry => entry.Exception?.Message.EndsWith(" returned null instead of a task.", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_handler_that_neither_reads_nor_writes_sends_an_empty_response()
    {
        await using var server = await WatchedServer.StartAsync(_ => Task.CompletedTask);
        using var client = await server.ConnectAsync();
        await client.SendAsync($"POST /hostile HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello{Get}");
        Assert.Equal("0", (await client.ReadResponseAsync()).Fields["Content-Length"].Single());
        Assert.Equal("0", (await client.ReadResponseAsync()).Fields["Content-Length"].Single());

        // More content than the server drains.
        await client.SendAsync($"POST /hostile HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n{new string('x', 1_000_000)}");
        Assert.Equal("close", (await client.ReadResponseAsync()).Fields["Connection"].Single());
        client.Dispose();
        Assert.Equal(["after_response"], await server.ClosedAsync(1));
        await server.EmptyAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_handler_that_ignores_its_token_does_not_keep_the_server_from_stopping()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var written = new TaskCompletionSource<Exception?>();
        await using var server = await WatchedServer.StartAsync(async context =>
        {
            entered.SetResult();
            await release.Task;
            written.SetResult(await Record.ExceptionAsync(async () => await context.Response.WriteAsync(new byte[100_000])));
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync(Get);
        await entered.Task;

        var reading = client.ReadToResetAsync();
        await server.Server.StopAsync(new CancellationToken(canceled: true))
            .WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.Equal("", await reading);
        release.SetResult();
        Assert.IsType<IOException>(
            await written.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken), exactMatch: false);
        Assert.Equal(["server_stopped"], await server.ClosedAsync(1));
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_context_kept_after_its_request_cannot_write()
    {
        RequestContext? kept = null;
        await using var server = await WatchedServer.StartAsync(context =>
        {
            kept = context;
            return Task.CompletedTask;
        });
        using var client = await server.ConnectAsync();
        await client.GetAsync("/hostile");

        await AssertWritesNothingAsync(kept!.Response);
        var response = await client.GetAsync("/ok");
        Assert.Equal(200, response.Status);
        Assert.Equal("ok", response.Content);
        Assert.Empty(response.Fields["X-Late"]);

        client.Dispose();
        await server.EmptyAsync();
        await AssertWritesNothingAsync(kept.Response);
    }

    [Fact]
    public async Task An_unawaited_write_cuts_the_response_off_and_its_bytes_stay_unchanged_until_it_ends()
    {
        var transport = new MemoryTransport { SendsOutliveAbort = true };
        transport.BlockSends();
        using var server = new MemoryServer(
            context =>
            {
                _ = context.Response.WriteAsync(new byte[100_000]).AsTask();
                return Task.CompletedTask;
            },
            transport.Arrive(Get + Get));
        await Until.TrueAsync(() => transport.IsDisposed);
        Assert.True(transport.IsAborted);
        // The bytes being sent are in a buffer that the next connection would rent.
        Assert.False(server.Served.IsCompleted);
        Assert.NotEqual(0, server.Pool.Lent);

        transport.UnblockSends();
        Assert.DoesNotContain("\r\n0\r\n\r\n", await server.EndAsync(), StringComparison.Ordinal);
        var error = Assert.Single(server.Log.Entries, entry => entry.Level >= LogLevel.Error);
        Assert.Contains("await every WriteAsync and FlushAsync", error.Exception!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unawaited_writes_do_not_change_the_responses_of_other_connections()
    {
        await using var server = await WatchedServer.StartAsync(async context =>
        {
            if (context.Request.Path == "/forget")
            {
                // Half of the writes wait because the peer's buffers are full.
                await context.Response.WriteAsync(new byte[10_000]);
                _ = context.Response.WriteAsync(new byte[8_000_000]).AsTask();
                return;
            }

            for (var i = 0; i < 8; i++)
            {
                await context.Response.WriteAsync(s_letters);
                await context.Response.FlushAsync();
            }
        });
        using var steady = await server.ConnectAsync();
        for (var i = 0; i < 50; i++)
        {
            using var forgetful = await server.ConnectAsync();
            await forgetful.SendAsync("GET /forget HTTP/1.1\r\nHost: h\r\n\r\n");
            Assert.Equal(8 * s_letters.Length, (await steady.GetAsync("/letters")).Content.Count(letter => letter == 'x'));
        }

        steady.Dispose();
        await server.EmptyAsync();
    }

    [Fact]
    public async Task A_second_write_before_the_first_has_ended_throws()
    {
        var transport = new MemoryTransport();
        transport.BlockSends();
        var refusals = new List<Exception?>();
        using var server = new MemoryServer(
            async context =>
            {
                var first = context.Response.WriteAsync(new byte[100_000]);
                refusals.Add(await Record.ExceptionAsync(async () => await context.Response.WriteAsync(new byte[1])));
                refusals.Add(await Record.ExceptionAsync(async () => await context.Response.FlushAsync()));
                refusals.Add(Record.Exception(() => context.Response.GetSpan()));
                refusals.Add(Record.Exception(() => context.Response.GetMemory()));
                transport.UnblockSends();
                await first;
            },
            transport.Arrive(Get).FinishSending());

        Assert.EndsWith("\r\n0\r\n\r\n", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Equal(4, refusals.Count);
        Assert.All(refusals, refusal => Assert.Equal(
            "A write of the response is pending: await it before the next one.",
            Assert.IsType<InvalidOperationException>(refusal).Message));
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task An_unawaited_read_does_not_take_the_next_request_and_the_response_arrives()
    {
        await using var server = await WatchedServer.StartAsync(async context =>
        {
            _ = context.Request.Body.ReadAsync(new byte[10_000]).AsTask();
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await context.Request.Body.ReadAllAsync());
            await context.Response.WriteTextAsync("gave up");
        });
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST /hostile HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n");
        var response = await client.ReadResponseAsync();
        Assert.Equal("gave up", response.Content);
        Assert.Equal("close", response.Fields["Connection"].Single());
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal(["after_response"], await server.ClosedAsync(1));
        await server.EmptyAsync();
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task An_unawaited_read_after_the_response_has_started_closes_the_connection_and_returns_every_buffer()
    {
        using var server = new MemoryServer(
            async context =>
            {
                _ = context.Request.Body.ReadAllAsync().AsTask();
                await context.Response.FlushAsync();
            },
            new MemoryTransport().Arrive("POST /hostile HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\npart"));
        Assert.EndsWith("\r\n0\r\n\r\n", await server.HangUpAsync(), StringComparison.Ordinal);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_handler_may_leave_its_upgraded_connection_while_it_still_reads()
    {
        await using var server = await WatchedServer.StartAsync(async context =>
        {
            using var socket = await context.AcceptWebSocketAsync();
            _ = socket!.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        });
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{server.Server.EndPoints[0]}/chat"), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<WebSocketException>(() => client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
        Assert.Equal(["upgrade_ended"], await server.ClosedAsync(1));
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_handler_can_abandon_a_silent_websocket()
    {
        var givenUp = new TaskCompletionSource<Exception?>();
        await using var server = await WatchedServer.StartAsync(async context =>
        {
            using var socket = await context.AcceptWebSocketAsync();
            using var patience = new CancellationTokenSource();
            var receiving = socket!.ReceiveAsync(new byte[1], patience.Token);
            await patience.CancelAsync();
            givenUp.SetResult(await Record.ExceptionAsync(async () => await receiving));
        });
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{server.Server.EndPoints[0]}/chat"), TestContext.Current.CancellationToken);
        Assert.IsType<OperationCanceledException>(
            await givenUp.Task.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken), exactMatch: false);
        Assert.Equal(["upgrade_ended"], await server.ClosedAsync(1));
        Assert.Equal(0, server.Log.Errors);
    }

    private static async Task AssertWritesNothingAsync(Response response)
    {
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await response.WriteAsync("late"u8.ToArray()));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await response.FlushAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await response.AsStream().WriteAsync("late"u8.ToArray()));
        Assert.Throws<InvalidOperationException>(() => response.GetSpan());
        Assert.Throws<InvalidOperationException>(() => response.GetMemory());
        Assert.Throws<InvalidOperationException>(() => response.Advance(1));
        Assert.Throws<InvalidOperationException>(() => response.StatusCode = 418);
        Assert.Throws<InvalidOperationException>(() => response.ContentLength = 4);
        Assert.Throws<InvalidOperationException>(() => response.Fields["X-Late"] = "1");
        Assert.Throws<InvalidOperationException>(response.Reset);
    }

    private static readonly byte[] s_letters = [.. Enumerable.Repeat((byte)'x', 9_000)];
}
