// Owns: tests of ConcurrencyLimit.

using System.Collections.Concurrent;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ConcurrencyLimitTests
{
    private readonly ConcurrentQueue<string> _entered = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _released = new();

    [Fact]
    public async Task Requests_beyond_the_limit_wait_and_those_beyond_the_queue_get_503()
    {
        var app = new Pipeline().UseConcurrencyLimit(1, queueLength: 1, retryAfter: TimeSpan.FromSeconds(1.5)).Run(HandleAsync);
        using var first = Send(app, "/first");
        using var second = Send(app, "/second");
        using var meters = new MeterRecorder();
        using var third = Send(app, "/third", meters);
        var refusal = await third.EndAsync();
        Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\n", refusal);
        Assert.Contains("\r\nRetry-After: 2\r\n", refusal);
        Assert.Equal("concurrency_limit", Assert.Single(meters.Tags("tinyhost.requests.rejected"))["reason"]);
        Assert.Equal(["/first"], _entered);
        Release("/first");
        Assert.StartsWith("HTTP/1.1 200 ", await first.EndAsync());
        await Until.TrueAsync(() => _entered.Count == 2);
        Release("/second");
        Assert.StartsWith("HTTP/1.1 200 ", await second.EndAsync());
    }

    [Fact]
    public async Task Without_a_queue_the_answer_is_immediate()
    {
        var app = ConcurrencyLimit.Wrap(HandleAsync, 1);
        using var first = Send(app, "/first");
        var refusal = await app.GetAsync("/second");
        Assert.Equal((503, "1"), (refusal.Status, refusal.Field("Retry-After")));
        Release("/first");
        await first.EndAsync();
        Release("/third");
        Assert.Equal(200, (await app.GetAsync("/third")).Status);
    }

    [Fact]
    public async Task Requests_run_in_the_order_of_their_arrival()
    {
        var app = ConcurrencyLimit.Wrap(HandleAsync, 1, queueLength: 20);
        var servers = Enumerable.Range(0, 20).Select(i => Send(app, $"/{i}")).ToList();
        for (var i = 0; i < servers.Count; i++)
        {
            await Until.TrueAsync(() => _entered.Count == i + 1);
            Release($"/{i}");
            Assert.StartsWith("HTTP/1.1 200 ", await servers[i].EndAsync());
            servers[i].Dispose();
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"/{i}"), _entered);
    }

    [Fact]
    public async Task A_client_that_leaves_the_queue_frees_its_place()
    {
        var app = ConcurrencyLimit.Wrap(HandleAsync, 1, queueLength: 1);
        using var first = Send(app, "/first");
        using var leaving = Send(app, "/leaving");
        Assert.Equal(503, (await app.GetAsync("/refused")).Status);
        leaving.Transport.Reset();
        leaving.Time.Advance(TimeSpan.FromSeconds(2));
        await leaving.EndAsync();
        Assert.Equal(0, leaving.Log.Errors);
        using var second = Send(app, "/second");
        Release("/first");
        await Until.TrueAsync(() => _entered.Count == 2);
        Release("/second");
        Assert.StartsWith("HTTP/1.1 200 ", await second.EndAsync());
        Assert.Equal(["/first", "/second"], _entered);
    }

    [Fact]
    public async Task A_request_that_times_out_in_the_queue_frees_its_place()
    {
        var time = new ManualTime();
        var limited = ConcurrencyLimit.Wrap(HandleAsync, 1, queueLength: 1);
        using var first = Send(limited, "/first");
        using var second = Send(RequestTimeout.Wrap(limited, TimeSpan.FromSeconds(5), time), "/second");
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.StartsWith("HTTP/1.1 504 ", await second.EndAsync());
        using var third = Send(limited, "/third");
        Release("/first");
        await Until.TrueAsync(() => _entered.Count == 2);
        Release("/third");
        Assert.StartsWith("HTTP/1.1 200 ", await third.EndAsync());
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("fails")]
    [InlineData("null")]
    public async Task A_failed_request_gives_its_place_back(string how)
    {
        var app = ConcurrencyLimit.Wrap(
            context => context.Request.Path == "/ok" ? Task.CompletedTask
                : how == "null" ? null!
                : how == "fails" ? FailAsync()
                : throw new NotSupportedException(),
            1);
        Assert.Equal(500, (await app.GetAsync("/")).Status);
        Assert.Equal(200, (await app.GetAsync("/ok")).Status);
    }

    [Fact]
    public async Task Counts_are_exact_under_8_threads()
    {
        const int Requests = 4_000;
        var (running, most, served, refused) = (0, 0, 0, 0);
        var app = ConcurrencyLimit.Wrap(
            async context =>
            {
                if (context.Request.Path != "/")
                {
                    await HandleAsync(context);
                    return;
                }

                var now = Interlocked.Increment(ref running);
                for (int before; now > (before = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, now, before) != before;)
                {
                }

                await Task.Yield();
                Interlocked.Decrement(ref running);
            },
            3,
            queueLength: 2);
        var options = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForAsync(0, Requests, options, async (_, _) =>
        {
            var isServed = (await app.GetAsync("/")).Status == 200;
            Interlocked.Increment(ref isServed ? ref served : ref refused);
        });
        Assert.Equal(Requests, served + refused);
        Assert.InRange(most, 1, 3);
        // There are as many places afterwards as there were before: three run, two wait, and the next is refused.
        var servers = Enumerable.Range(0, 5).Select(i => Send(app, $"/{i}")).ToList();
        Assert.Equal(["/0", "/1", "/2"], _entered);
        Assert.Equal(503, (await app.GetAsync("/")).Status);
        for (var i = 0; i < servers.Count; i++)
        {
            Release($"/{i}");
        }

        foreach (var server in servers)
        {
            Assert.StartsWith("HTTP/1.1 200 ", await server.EndAsync());
            server.Dispose();
        }
    }

    [Fact]
    public void Numbers_outside_their_ranges_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("limit", () => ConcurrencyLimit.Wrap(HandleAsync, 0));
        Assert.Throws<ArgumentOutOfRangeException>("queueLength", () => ConcurrencyLimit.Wrap(HandleAsync, 1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(
            "retryAfter", () => ConcurrencyLimit.Wrap(HandleAsync, 1, retryAfter: TimeSpan.Zero));
    }

    private static async Task FailAsync()
    {
        await Task.Yield();
        throw new NotSupportedException();
    }

    private static MemoryServer Send(Func<RequestContext, Task> app, string path, MeterRecorder? meters = null) => new(
        app, new MemoryTransport().Arrive($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(), meters: meters);

    private Task HandleAsync(RequestContext context)
    {
        _entered.Enqueue(context.Request.Path);
        return Signal(context.Request.Path).Task.WaitAsync(TestTimeout.Long);
    }

    private void Release(string path) => Signal(path).SetResult();

    private TaskCompletionSource Signal(string path) =>
        _released.GetOrAdd(path, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
