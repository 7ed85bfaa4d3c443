using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>Work that a handler leaves behind reaches no later request, and a handler that leaves none costs the next request nothing.</summary>
public sealed class LeftBehindTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

    /// <summary>How a handler leaves its work behind: at once, after a wait, or when it fails.</summary>
    public static TheoryData<string> Ways => ["returns", "waits", "fails"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_writer_left_behind_writes_nothing_into_the_next_response(string way)
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var refused = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = true;
        using var server = new MemoryServer(
            async context =>
            {
                if (!first)
                {
                    // The next request on the connection is at work: the work left behind goes on now.
                    goOn.SetResult();
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
                    throw new InvalidOperationException("as the test wants it");
                }

                await context.Response.WriteTextAsync("first");
            },
            new MemoryTransport().Arrive(Get + Get).FinishSending());

        async Task WriteLaterAsync(RequestContext context)
        {
            await goOn.Task;
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
    public async Task Nothing_of_the_next_request_can_be_seen_or_changed(string way)
    {
        RequestContext? stale = null;
        var seen = new List<Exception?>();
        using var server = new MemoryServer(
            async context =>
            {
                if (stale is null)
                {
                    stale = context;
                    // Memory of its own is what work left behind cannot do without.
                    GC.KeepAlive(new object());
                    if (way == "waits")
                    {
                        await Task.Yield();
                    }

                    if (way == "fails")
                    {
                        throw new InvalidOperationException("as the test wants it");
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
                seen.Add(Record.Exception(() => stale.Response.Persistent = false));
                seen.Add(Record.Exception(stale.Response.Reset));
                seen.Add(await Record.ExceptionAsync(async () => await stale.UpgradeAsync("x")));
                stale.Abort();
                await context.Response.WriteTextAsync(context.Request.Fields["X-Secret"]!);
            },
            new MemoryTransport().Arrive(Get + "POST / HTTP/1.1\r\nHost: h\r\nX-Secret: s\r\nUpgrade: x\r\nConnection: upgrade\r\nContent-Length: 5\r\n\r\nhello").FinishSending());

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
    public async Task Memory_that_a_handler_still_holds_is_not_lent_to_others()
    {
        var held = Memory<byte>.Empty;
        using var server = new MemoryServer(
            context =>
            {
                // As for a read that goes on: it writes into the memory after the handler has ended.
                held = context.Response.GetMemory(100);
                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive(Get).FinishSending());
        await server.Served.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        // It was left to the garbage collector.
        Assert.Equal(1, server.Pool.Lent);
        Assert.DoesNotContain((byte)0xDD, held.ToArray());
    }
}
