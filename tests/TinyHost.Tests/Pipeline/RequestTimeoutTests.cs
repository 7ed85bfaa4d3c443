// Owns: tests of RequestTimeout. The tests own its clock.

using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RequestTimeoutTests : IDisposable
{
    private const string Get = "GET /a?secret HTTP/1.1\r\nHost: h\r\n\r\n";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    private readonly RecordingLogger _log = new();
    private readonly MeterRecorder _meters = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IEnumerable<string> Warnings =>
        _log.Entries.Where(entry => entry.Level == LogLevel.Warning).Select(entry => entry.Message);

    public void Dispose()
    {
        _log.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task A_handler_that_ends_when_it_is_cancelled_is_answered_with_504_and_the_connection_persists()
    {
        using var server = Serve(Get + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n", async context =>
        {
            Assert.False(context.Aborted.IsCancellationRequested);
            if (context.Request.Path == "/b")
            {
                await context.Response.WriteTextAsync("next");
                return;
            }

            context.Response.Fields["X-Mine"] = "1";
            await context.Response.WriteTextAsync("mine");
            _entered.SetResult();
            await Task.Delay(Timeout.Infinite, context.Aborted);
        });
        await _entered.Task.WaitAsync(TestTimeout.Long);
        _time.Advance(s_limit - TimeSpan.FromSeconds(1));
        Assert.False(server.Connection.Request.Context.Aborted.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 504 Gateway Timeout\r\n", sent);
        Assert.Contains("504 Gateway Timeout: handler timeout", sent);
        Assert.DoesNotContain("mine", sent, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("next", sent);
        Assert.Equal("handler_timeout", Assert.Single(_meters.Tags("tinyhost.requests.rejected"))["reason"]);
        Assert.Equal(
            ["GET /a took 30.000 s, longer than its limit of 30 s; it is answered with 504. Connection 1."], Warnings);
    }

    [Fact]
    public async Task A_handler_that_ignores_the_cancellation_keeps_its_request_until_it_ends()
    {
        using var server = Serve(Get, context => WaitAsync(context, "late"));
        await _entered.Task.WaitAsync(TestTimeout.Long);
        _time.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal("", server.Transport.Sent);
        _released.SetResult();
        Assert.StartsWith("HTTP/1.1 504 ", await server.EndAsync());
        Assert.Equal(
            ["GET /a took 45.000 s, longer than its limit of 30 s; it is answered with 504. Connection 1."], Warnings);
    }

    [Fact]
    public async Task A_handler_that_does_not_end_is_logged_once_after_twice_its_limit()
    {
        using var server = Serve(Get, context => WaitAsync(context, "late"));
        await _entered.Task.WaitAsync(TestTimeout.Long);
        _time.Advance(TimeSpan.FromMinutes(5));
        string[] expected = ["GET /a still runs after 60 s, twice its limit: its handler ignores Aborted. Connection 1."];
        Assert.Equal(expected, Warnings);
        _released.SetResult();
        Assert.StartsWith("HTTP/1.1 504 ", await server.EndAsync());
        Assert.Equal(expected, Warnings);
        Assert.Equal(0, _time.TimerCount);
    }

    [Fact]
    public async Task A_response_that_has_started_is_cut_off()
    {
        using var server = Serve(Get, async context =>
        {
            await context.Response.WriteAsync("part"u8.ToArray());
            await context.Response.FlushAsync();
            _entered.SetResult();
            await Task.Delay(Timeout.Infinite, context.Aborted);
        });
        await _entered.Task.WaitAsync(TestTimeout.Long);
        _time.Advance(s_limit);
        Assert.True(server.Transport.IsAborted);
        Assert.EndsWith("part\r\n", await server.EndAsync());
        Assert.Equal(0, _log.Errors);
        Assert.Equal(
            ["GET /a took 30.000 s, longer than its limit of 30 s; it cannot be answered with 504. Connection 1."], Warnings);
    }

    [Fact]
    public async Task A_response_that_its_peer_reads_too_slowly_is_cut_off_and_its_lost_connection_is_not_logged_as_a_failure()
    {
        using var server = Serve(Get, async context =>
        {
            _entered.SetResult();
            await _released.Task;
            await context.Response.WriteAsync(new byte[100_000]);
            await context.Response.FlushAsync();
        });
        await _entered.Task.WaitAsync(TestTimeout.Long);
        server.Transport.BlockSends();
        _released.SetResult();
        await Until.TrueAsync(() => server.Transport.SendIsBlocked);
        _time.Advance(s_limit);
        await server.EndAsync();
        Assert.Equal(
            ["GET /a took 30.000 s, longer than its limit of 30 s; it cannot be answered with 504. Connection 1."], Warnings);
        Assert.All(_log.Entries, entry => Assert.Null(entry.Exception));
    }

    [Fact]
    public async Task A_token_that_is_first_read_after_the_limit_is_cancelled()
    {
        var wasCancelled = false;
        using var server = Serve(Get, context =>
        {
            _time.Advance(s_limit);
            wasCancelled = context.Aborted.IsCancellationRequested;
            return Task.CompletedTask;
        });
        Assert.StartsWith("HTTP/1.1 504 ", await server.EndAsync());
        Assert.True(wasCancelled);
    }

    [Fact]
    public async Task What_a_handler_throws_when_cancelled_is_logged_with_the_warning()
    {
        using var server = Serve(Get, _ =>
        {
            _time.Advance(s_limit);
            throw new NotSupportedException("cancelled by user");
        });
        Assert.StartsWith("HTTP/1.1 504 ", await server.EndAsync());
        Assert.Equal(
            "cancelled by user", Assert.Single(_log.Entries, entry => entry.Level == LogLevel.Warning).Exception?.Message);
        Assert.Equal(0, _log.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_handler_throws_in_time_passes_through(bool later)
    {
        using var server = Serve(Get, async _ =>
        {
            if (later)
            {
                await Task.Yield();
            }

            throw new NotSupportedException();
        });
        Assert.StartsWith("HTTP/1.1 500 ", await server.EndAsync());
        Assert.Equal(1, _log.Errors);
    }

    [Fact]
    public async Task The_error_stage_around_it_decides_how_it_answers()
    {
        var app = new Pipeline()
            .UseErrors(problemDetails: true, _log)
            .Use(next => context =>
            {
                context.Response.OnStarting(() => context.Response.Fields["X-Outer"] = "1");
                return next(context);
            })
            .UseTimeout(s_limit, _time)
            .UseErrors(logger: _log)
            .Run(async context =>
            {
                _time.Advance(s_limit);
                await Task.Delay(Timeout.Infinite, context.Aborted);
            });
        var response = await app.GetAsync("/");
        Assert.Equal(
            (504, "1", "application/problem+json"), (response.Status, response.Field("X-Outer"), response.Field("Content-Type")));
        Assert.Equal(0, _log.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_error_stage_behind_it_decides_how_it_answers_if_none_is_around_it(bool isCancelled)
    {
        var app = new Pipeline().UseTimeout(s_limit, _time).UseErrors(problemDetails: true, _log).Run(async context =>
        {
            _time.Advance(s_limit);
            if (isCancelled)
            {
                await Task.Delay(Timeout.Infinite, context.Aborted);
            }
        });
        var response = await app.GetAsync("/");
        Assert.Equal((504, "application/problem+json"), (response.Status, response.Field("Content-Type")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_that_ends_before_its_handler_is_reported_and_harms_nothing(bool isFollowed)
    {
        var app = new Pipeline()
            .Use(next => context =>
            {
                _ = next(context);
                return Task.CompletedTask;
            })
            .UseTimeout(s_limit, _time)
            .Run(_ => _released.Task);
        using var server = new MemoryServer(
            app, new MemoryTransport().Arrive(isFollowed ? Get + Get : Get).FinishSending(), logger: _log);
        Assert.StartsWith("HTTP/1.1 200 ", await server.EndAsync());
        _time.Advance(s_limit);
        _time.Advance(s_limit);
        Assert.Equal(
            Enumerable.Repeat(
                "A request on connection 1 has ended while its handler still runs: a stage before UseTimeout does not await the rest of "
                + "the chain.",
                isFollowed ? 2 : 1),
            Warnings);
        _released.SetResult();
    }

    [Fact]
    public async Task Each_request_has_its_own_deadline()
    {
        var contexts = new List<RequestContext>();
        var app = RequestTimeout.Wrap(
            async context =>
            {
                contexts.Add(context);
                await Task.Delay(Timeout.Infinite, context.Aborted);
            },
            s_limit,
            _time);
        using var first = new MemoryServer(app, new MemoryTransport().Arrive(Get).FinishSending());
        await Until.TrueAsync(() => contexts.Count == 1);
        _time.Advance(TimeSpan.FromSeconds(10));
        using var second = new MemoryServer(app, new MemoryTransport().Arrive(Get).FinishSending());
        await Until.TrueAsync(() => contexts.Count == 2);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.StartsWith("HTTP/1.1 504 ", await first.EndAsync());
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(contexts[1].Aborted.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.StartsWith("HTTP/1.1 504 ", await second.EndAsync());
    }

    [Fact]
    public async Task An_upgraded_connection_has_no_limit()
    {
        using var server = Serve("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: line\r\n\r\n", async context =>
        {
            await context.UpgradeAsync("line");
            _time.Advance(TimeSpan.FromMinutes(5));
            Assert.False(context.Aborted.IsCancellationRequested);
        });
        Assert.StartsWith("HTTP/1.1 101 ", await server.EndAsync());
        Assert.Empty(Warnings);
        Assert.Equal(0, _log.Errors);
    }

    [Fact]
    public async Task The_systems_clock_is_the_default()
    {
        var app = RequestTimeout.Wrap(context => Task.Delay(Timeout.Infinite, context.Aborted), TimeSpan.FromMilliseconds(20));
        await using var server = await TestServer.StartAsync(app);
        using var http = new HttpClient();
        for (var i = 0; i < 3; i++)
        {
            using var response = await http.GetAsync($"http://{server.EndPoints[0]}/", TestContext.Current.CancellationToken);
            Assert.Equal(System.Net.HttpStatusCode.GatewayTimeout, response.StatusCode);
        }
    }

    /// <summary>A request whose token is cancelled is answered with 504, so no request is cancelled in place of another.</summary>
    [Fact]
    public async Task Requests_that_start_and_end_while_deadlines_pass_are_not_mistaken_for_each_other()
    {
        const int Requests = 2_000;
        using var done = new CancellationTokenSource();
        var app = RequestTimeout.Wrap(
            async context =>
            {
                if (context.Request.Path == "/slow")
                {
                    await Task.Yield();
                }

                await context.Response.WriteTextAsync(context.Aborted.IsCancellationRequested ? "cancelled" : "in time");
            },
            TimeSpan.FromSeconds(2),
            _time);
        var clock = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                }
            },
            TestContext.Current.CancellationToken);
        var requests = string.Concat(
            Enumerable.Range(0, Requests).Select(i => $"GET /{(i % 2 == 0 ? "slow" : "")} HTTP/1.1\r\nHost: h\r\n\r\n"));
        var sent = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => MemoryServer.ExchangeAsync(requests, app), TestContext.Current.CancellationToken)));
        await done.CancelAsync();
        await clock;
        Assert.All(sent, text =>
        {
            Assert.Equal(Requests, Count(text, "HTTP/1.1 "));
            Assert.Equal(Requests, Count(text, "in time") + Count(text, "504 Gateway Timeout: "));
        });
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _time.TimerCount);

        static int Count(string text, string part) => text.Split(part).Length - 1;
    }

    [Fact]
    public void A_timer_runs_only_while_requests_do_and_a_request_costs_no_memory()
    {
        var deadlines = new RequestDeadlines(s_limit, _time);
        Assert.Equal(0, _time.TimerCount);
        deadlines.End(deadlines.Begin(null!));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Assert.False(deadlines.End(deadlines.Begin(null!)).IsOver);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1, _time.TimerCount);
        _time.Advance(s_limit);
        Assert.Equal(0, _time.TimerCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(50 * 86_400)]
    public void A_limit_outside_the_range_is_refused(int seconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            "limit", () => RequestTimeout.Wrap(_ => Task.CompletedTask, TimeSpan.FromSeconds(seconds)));

    private MemoryServer Serve(string requests, Func<RequestContext, Task> handler) => new(
        new Pipeline().UseTimeout(s_limit, _time).Run(handler),
        new MemoryTransport().Arrive(requests).FinishSending(),
        logger: _log,
        meters: _meters);

    private async Task WaitAsync(RequestContext context, string answer)
    {
        _entered.SetResult();
        await _released.Task.WaitAsync(TestTimeout.Long);
        await context.Response.WriteTextAsync(answer);
    }
}
