using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>Work left behind by a handler cannot affect a later request. Without such work, the next request allocates nothing.</summary>
public sealed class LeftBehindTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    /// <summary>How the handler ends: synchronously, after a wait, or with an exception.</summary>
    public static TheoryData<string> Ways => ["returns", "waits", "fails"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_writer_left_behind_writes_nothing_into_the_next_response(string way)
    {
        var proceed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var refused = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = true;
        using var server = new MemoryServer(
            async context =>
            {
                if (!first)
                {
                    // The next request's handler is running: let the left-behind work continue.
                    proceed.SetResult();
                    Assert.IsType<InvalidOperationException>(await refused.Task);
                    await context.Response.WriteTextAsync("second");
                    return;
                }

                first = false;
                _ = WriteLaterAsync(context);
                if (way == "waits")
                {
                    await Task.Yield();
                }

                if (way == "fails")
                {
                    throw new InvalidOperationException("on purpose");
                }

                await context.Response.WriteTextAsync("first");
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());

        async Task WriteLaterAsync(RequestContext context)
        {
            await proceed.Task;
            refused.SetResult(await Record.ExceptionAsync(async () =>
            {
                context.Response.Write("stale"u8);
                await context.Response.FlushAsync();
            }));
        }

        var sent = await server.EndAsync();
        Assert.EndsWith("\r\n\r\nsecond", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("stale", sent, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Left_behind_work_cannot_see_or_change_the_next_request(string way)
    {
        RequestContext? stale = null;
        var seen = new List<Exception?>();
        using var server = new MemoryServer(
            async context =>
            {
                if (stale is null)
                {
                    stale = context;
                    // Left-behind work always allocates, so this handler does as well.
                    GC.KeepAlive(new object());
                    if (way == "waits")
                    {
                        await Task.Yield();
                    }

                    if (way == "fails")
                    {
                        throw new InvalidOperationException("on purpose");
                    }

                    return;
                }

                seen.Add(await Record.ExceptionAsync(async () => await stale.Request.Body.ReadAsync(new byte[5])));
                seen.Add(await Record.ExceptionAsync(async () => await stale.Request.Body.ReadAllAsync()));
                seen.Add(await Record.ExceptionAsync(async () => await stale.Request.Body.AsStream().CopyToAsync(Stream.Null)));
                seen.Add(Record.Exception(() => stale.Request.Fields["X-Secret"]));
                seen.Add(Record.Exception(() => stale.Request.Target));
                seen.Add(Record.Exception(() => stale.Response.StatusCode = 500));
                seen.Add(Record.Exception(() => stale.Response.Fields["X-Stale"] = "1"));
                seen.Add(Record.Exception(() => stale.Response.Trailers["X-Stale"] = "1"));
                seen.Add(Record.Exception(stale.Response.CloseConnection));
                seen.Add(Record.Exception(stale.Response.Reset));
                seen.Add(await Record.ExceptionAsync(async () => await stale.UpgradeAsync("x")));
                stale.Abort();
                await context.Response.WriteTextAsync(context.Request.Fields["X-Secret"]!);
            },
            new MemoryTransport()
                .Arrive(Get)
                .Arrive("POST / HTTP/1.1\r\nHost: h\r\nX-Secret: s\r\nUpgrade: x\r\nConnection: upgrade\r\nContent-Length: 5\r\n\r\nhello")
                .FinishSending());

        var sent = await server.EndAsync();
        Assert.EndsWith("\r\n\r\ns", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Stale", sent, StringComparison.Ordinal);
        Assert.Equal(11, seen.Count);
        Assert.All(seen, exception => Assert.IsType<InvalidOperationException>(exception));
    }

    [Fact]
    public async Task A_read_left_pending_ends_and_the_connection_closes_after_the_response()
    {
        Task<ReadOnlyMemory<byte>>? left = null;
        using var server = new MemoryServer(
            context =>
            {
                left = context.Request.Body.ReadAllAsync().AsTask();
                return context.Response.WriteTextAsync("ok");
            },
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n0123456789"));
        var sent = await server.HangUpAsync();
        Assert.EndsWith("\r\n\r\nok", sent, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", sent, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => left!);
    }

    [Fact]
    public async Task Memory_still_held_by_a_handler_is_not_reused()
    {
        var held = Memory<byte>.Empty;
        using var server = new MemoryServer(
            context =>
            {
                // Like a pending read, which writes into the memory after the handler has ended.
                held = context.Response.GetMemory(100);
                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive(Get).FinishSending());
        await server.Served.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        // The memory is left to the garbage collector instead of returning to the pool.
        Assert.Equal(1, server.Pool.Lent);
        Assert.DoesNotContain((byte)0xDD, held.ToArray());
    }

    [Fact]
    public async Task A_context_leaked_without_an_allocation_is_reused_for_at_most_one_second()
    {
        RequestContext? kept = null;
        var contexts = new List<RequestContext>();
        using var server = new MemoryServer(context =>
        {
            kept = context;
            contexts.Add(context);
            return Task.CompletedTask;
        });
        for (var i = 0; i < 3; i++)
        {
            server.Transport.Arrive(Get);
            await Until.TrueAsync(() => contexts.Count == i + 1 && server.Pool.Lent == 0);
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, contexts.Distinct().Count());
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await kept!.Response.WriteAsync("late"u8.ToArray(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_handler_that_abandons_its_peer_leaves_earlier_responses_complete()
    {
        var waiting = new TaskCompletionSource();
        var first = true;
        using var server = new MemoryServer(
            async context =>
            {
                if (first)
                {
                    first = false;
                    await context.Response.WriteTextAsync("first");
                    return;
                }

                var aborted = context.Aborted;
                waiting.SetResult();
                await Task.Delay(Timeout.Infinite, aborted);
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());
        await waiting.Task;
        server.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.EndsWith("first", await server.EndAsync(), StringComparison.Ordinal);
        Assert.False(server.Transport.IsAborted);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_stop_ends_a_connection_waiting_for_unread_content()
    {
        using var server = new MemoryServer(
            async context => await context.Response.FlushAsync(),
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n"));
        await server.Transport.SentAsync(sent => sent.EndsWith("0\r\n\r\n", StringComparison.Ordinal));
        await server.Connections.CloseAsync().WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        await server.EndAsync();
    }

    [Fact]
    public async Task A_stop_ends_a_connection_whose_response_began_before_it()
    {
        var flushed = new TaskCompletionSource();
        using var server = new MemoryServer(
            async context =>
            {
                await context.Response.FlushAsync();
                flushed.SetResult();
                await context.Request.Body.ReadAllAsync();
            },
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n"));
        await flushed.Task;
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        var stopped = server.Connections.CloseAsync();
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 3);
        server.Transport.Arrive("body");
        await stopped.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        await server.EndAsync();
    }

    [Fact]
    public async Task The_failure_of_another_connection_is_an_error_of_the_handler()
    {
        using var server = new MemoryServer(
            _ => throw new PeerGoneException(),
            new MemoryTransport().Arrive(Get).FinishSending());
        Assert.StartsWith("HTTP/1.1 500 ", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, server.Log.Errors);
    }

    [Fact]
    public async Task A_handler_may_write_while_its_read_sends_100_Continue()
    {
        var transport = new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        transport.BlockSends();
        using var server = new MemoryServer(
            async context =>
            {
                var read = context.Request.Body.ReadAllAsync().AsTask();
                context.Response.Write("early "u8);
                var flush = context.Response.FlushAsync();
                transport.UnblockSends();
                await flush;
                context.Response.Write((await read).Span);
            },
            transport);
        await transport.SentAsync(sent => sent.Contains("early", StringComparison.Ordinal));
        transport.Arrive("hello").FinishSending();
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith("6\r\nearly \r\n5\r\nhello\r\n0\r\n\r\n", sent, StringComparison.Ordinal);
        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task Memory_held_by_a_handler_stays_unchanged_when_the_buffer_grows()
    {
        var held = Memory<byte>.Empty;
        using var server = new MemoryServer(
            context =>
            {
                held = context.Response.GetMemory(100);
                context.Response.GetMemory(100_000);
                context.Response.Advance(0);
                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive(Get).FinishSending());
        await server.Served.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.DoesNotContain((byte)0xDD, held.ToArray());
    }

    [Fact]
    public async Task Many_items_of_one_request_do_not_stay_with_the_connection()
    {
        var items = new List<IDictionary<object, object?>>();
        await MemoryServer.ExchangeAsync(Get + Get, async context =>
        {
            items.Add(context.Items);
            await Task.Yield();
            for (var i = 0; items.Count == 1 && i < 1_000; i++)
            {
                context.Items[i] = i;
            }
        });
        Assert.True(((Dictionary<object, object?>)items[1]).Capacity < 1_000);
    }

    [Fact]
    public async Task Fields_cannot_be_set_while_a_write_is_pending()
    {
        var transport = new MemoryTransport().Arrive(Get);
        transport.BlockSends();
        var refused = new List<Exception?>();
        using var server = new MemoryServer(
            async context =>
            {
                var flush = context.Response.FlushAsync();
                refused.Add(Record.Exception(() => context.Response.StatusCode = 404));
                refused.Add(Record.Exception(() => context.Response.Fields["X-A"] = "b"));
                refused.Add(Record.Exception(() => context.Response.Fields.Add("X-A", "b")));
                refused.Add(Record.Exception(context.Response.Reset));
                transport.UnblockSends();
                await flush;
            },
            transport.FinishSending());
        Assert.DoesNotContain("X-A", await server.EndAsync(), StringComparison.Ordinal);
        Assert.Equal(4, refused.Count);
        Assert.All(refused, exception => Assert.IsType<InvalidOperationException>(exception));
    }
}
