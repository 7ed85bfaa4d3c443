// Owns: tests of limits on the content of single requests.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RequestLimitsTests
{
    private const string Servers = "(TinyHost:Limits:MaxRequestBodySize)";
    private const string Own = "(Request.Body.MaxSize)";
    private const string Chunked = "Transfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n4\r\n89ab\r\n0\r\n\r\n";
    private const string Declared = "Content-Length: 12\r\n\r\n0123456789ab";

    private static readonly Func<RequestContext, Task> s_readAll = async context =>
        await context.Response.WriteTextAsync($"read {(await context.Request.Body.ReadAllAsync()).Length}");

    private static readonly Func<RequestContext, Task> s_readPieces = async context =>
    {
        var (total, count) = (0, 0);
        do
        {
            total += count = await context.Request.Body.ReadAsync(new byte[5]);
        }
        while (count > 0);

        await context.Response.WriteTextAsync($"read {total}");
    };

    public static TheoryData<string, bool> Reads => new()
    {
        { Declared, true }, { Declared, false }, { Chunked, true }, { Chunked, false },
    };

    private static Task<string> PostAsync(Func<RequestContext, Task> app, string rest, long? limit = 10, string fields = "") =>
        MemoryServer.ExchangeAsync(
            $"POST /a HTTP/1.1\r\nHost: h\r\n{fields}{rest}GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            app,
            limits => limits.MaxRequestBodySize = limit);

    private static void AssertRefused(string sent, string text)
    {
        Assert.StartsWith("HTTP/1.1 413 Content Too Large\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", sent, StringComparison.Ordinal);
        Assert.EndsWith($"\r\n\r\n413 Content Too Large: body too large: {text}\n", sent, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task Content_over_the_servers_limit_is_refused_with_limit_and_setting(string content, bool all) =>
        AssertRefused(await PostAsync(all ? s_readAll : s_readPieces, content), $"the limit is 10 bytes {Servers}");

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_stage_may_raise_the_limit(string content, bool all)
    {
        var app = new Pipeline().UseLimits(maxBodySize: 12).Run(all ? s_readAll : s_readPieces);
        var sent = await PostAsync(app, content);
        Assert.Contains("\r\n\r\nread 12HTTP/1.1 200 OK", sent, StringComparison.Ordinal);
        Assert.EndsWith("read 0", sent, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_stage_may_lower_the_limit(string content, bool all) => AssertRefused(
        await PostAsync(RequestLimits.Wrap(all ? s_readAll : s_readPieces, maxBodySize: 11), content, limit: 100),
        $"the limit is 11 bytes {Own}");

    [Theory]
    [InlineData(null, 200)]
    [InlineData(long.MaxValue, 200)]
    [InlineData(12L, 200)]
    [InlineData(11L, 413)]
    [InlineData(0L, 413)]
    public async Task A_handler_may_set_a_limit_of_its_own(long? limit, int status)
    {
        Func<RequestContext, Task> app = context =>
        {
            Assert.Equal(5, context.Request.Body.MaxSize);
            context.Request.Body.MaxSize = limit;
            Assert.Equal(limit, context.Request.Body.MaxSize);
            return s_readAll(context);
        };
        foreach (var content in new[] { Declared, Chunked })
        {
            var sent = await PostAsync(RequestLimits.Wrap(app, maxBodySize: 5), content, limit: 100);
            Assert.StartsWith($"HTTP/1.1 {status} ", sent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_next_request_has_the_servers_limits_again()
    {
        Func<RequestContext, Task> app = context =>
        {
            var body = context.Request.Body;
            if (context.Request.Path == "/a")
            {
                (body.MaxSize, body.MinDataRate, body.MinDataRateGrace) = (99, 7, TimeSpan.FromSeconds(1));
                Assert.Equal((99, 7, TimeSpan.FromSeconds(1)), (body.MaxSize, body.MinDataRate, body.MinDataRateGrace));
                return s_readAll(context);
            }

            return context.Response.WriteTextAsync($"{body.MaxSize} {body.MinDataRate} {body.MinDataRateGrace.TotalSeconds}");
        };
        Assert.EndsWith("\r\n\r\n10 240 5", await PostAsync(app, Declared), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, 413)]
    [InlineData(204, 413)]
    [InlineData(303, 303)]
    [InlineData(401, 401)]
    [InlineData(404, 404)]
    public async Task Too_large_a_length_is_answered_with_413_after_a_handler_that_succeeds_without_reading(int status, int expected)
    {
        var transport = new MemoryTransport();
        using var server = new MemoryServer(
            context =>
            {
                context.Response.StatusCode = status;
                return Task.CompletedTask;
            },
            transport.Arrive("POST /a HTTP/1.1\r\nHost: h\r\n" + Declared + "GET / HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(),
            limits => limits.MaxRequestBodySize = 10);
        var sent = await server.EndAsync();
        Assert.StartsWith($"HTTP/1.1 {expected} ", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", sent, StringComparison.Ordinal);
        Assert.Equal(1, sent.Split("HTTP/1.1 ").Length - 1);
        if (expected == 413)
        {
            AssertRefused(sent, $"the limit is 10 bytes {Servers}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_error_stage_answers_for_a_handler_that_succeeds_without_reading(bool isSynchronous)
    {
        var app = ErrorHandling.Wrap(
            async context =>
            {
                if (!isSynchronous)
                {
                    await Task.Yield();
                }

                context.Response.Fields["X-Handler"] = "1";
                await context.Response.WriteTextAsync("ok");
            },
            new RecordingLogger(),
            ErrorAnswers.Problem);
        var sent = await PostAsync(app, Declared);
        Assert.StartsWith("HTTP/1.1 413 ", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/problem+json\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Handler", sent, StringComparison.Ordinal);
        Assert.EndsWith($"\"detail\":\"body too large: the limit is 10 bytes {Servers}\"}}", sent, StringComparison.Ordinal);
        Assert.Equal(1, sent.Split("HTTP/1.1 ").Length - 1);
    }

    [Fact]
    public async Task A_response_that_has_started_without_reading_stays_and_closes_the_connection()
    {
        Func<RequestContext, Task> app = async context =>
        {
            await context.Response.WriteTextAsync("early");
            await context.Response.FlushAsync();
        };
        var sent = await PostAsync(app, Declared);
        Assert.StartsWith("HTTP/1.1 200 ", sent, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", sent, StringComparison.Ordinal);
        Assert.Equal(1, sent.Split("HTTP/1.1 ").Length - 1);
    }

    [Fact]
    public async Task Unread_content_within_a_raised_limit_leaves_the_answer_alone()
    {
        var app = RequestLimits.Wrap(context => context.Response.WriteTextAsync(context.Request.Path), maxBodySize: 12);
        Assert.EndsWith("/next", await PostAsync(app, Declared), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(11L, false)]
    [InlineData(12L, true)]
    public async Task Refused_content_is_not_asked_for(long? limit, bool isContinued)
    {
        const string Head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n";
        foreach (var (app, reads) in new[] { (s_readAll, true), (s_readPieces, true), (_ => Task.CompletedTask, false) })
        {
            using var server = new MemoryServer(
                RequestLimits.Wrap(app, limit, minDataRate: 240),
                new MemoryTransport().Arrive(Head),
                limits => limits.MaxRequestBodySize = 10);
            if (isContinued && reads)
            {
                await server.Transport.SentAsync(sent => sent == "HTTP/1.1 100 Continue\r\n\r\n");
                server.Transport.Arrive("0123456789ab").FinishSending();
                Assert.EndsWith("read 12", await server.EndAsync(), StringComparison.Ordinal);
            }
            else
            {
                Assert.StartsWith($"HTTP/1.1 {(isContinued ? 200 : 413)} ", await server.HangUpAsync(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Limits_are_set_before_the_first_read()
    {
        Func<RequestContext, Task> app = async context =>
        {
            var body = context.Request.Body;
            Assert.Throws<ArgumentOutOfRangeException>(() => body.MaxSize = -1);
            Assert.Throws<ArgumentOutOfRangeException>(() => body.MinDataRate = -1);
            Assert.Throws<ArgumentOutOfRangeException>(() => body.MinDataRateGrace = TimeSpan.Zero);
            await body.ReadAsync(new byte[1]);
            Assert.Throws<InvalidOperationException>(() => body.MaxSize = 1);
            Assert.Throws<InvalidOperationException>(() => body.MinDataRate = 1);
            await context.Response.WriteTextAsync($"{body.MaxSize}");
        };
        Assert.Contains("\r\n\r\n12HTTP", await PostAsync(app, Declared, limit: 12), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_content_keeps_its_limit()
    {
        Func<RequestContext, Task> app = async context =>
        {
            var refusal = await Assert.ThrowsAsync<RequestRejectedException>(async () => await context.Request.Body.ReadAllAsync());
            Assert.Equal($"the limit is 10 bytes {Servers}", refusal.Detail);
            Assert.Throws<InvalidOperationException>(() => context.Request.Body.MaxSize = 100);
            throw refusal;
        };
        AssertRefused(await PostAsync(app, Declared), $"the limit is 10 bytes {Servers}");
    }

    [Theory]
    [InlineData(0, 200)]
    [InlineData(100, 200)]
    [InlineData(240, 408)]
    public async Task A_stage_may_change_the_data_rate(int rate, int status)
    {
        var transport = new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n");
        var app = RequestLimits.Wrap(s_readAll, minDataRate: rate, minDataRateGrace: TimeSpan.FromSeconds(1));
        using var server = new MemoryServer(app, transport);
        transport.Arrive(new string('x', 1_000));
        await Until.TrueAsync(() => transport.Receives == transport.ReceivesBegun - 1 && transport.Receives > 1);
        // 1,000 bytes take 4 s at 240 bytes per second, and 10 s at 100.
        server.Time.Advance(TimeSpan.FromSeconds(8));
        if (status == 200)
        {
            transport.Arrive(new string('x', 1_000)).FinishSending();
        }

        var sent = await server.HangUpAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", sent, StringComparison.Ordinal);
        if (status == 408)
        {
            Assert.EndsWith(
                "body too slow: the minimum is 240 bytes per second (TinyHost:Limits:MinDataRate)\n", sent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Limits_that_no_server_could_have_are_rejected()
    {
        static Task App(RequestContext context) => Task.CompletedTask;

        Assert.Throws<ArgumentNullException>("app", () => RequestLimits.Wrap(null!, 1));
        Assert.Throws<ArgumentException>(() => RequestLimits.Wrap(App));
        Assert.Throws<ArgumentException>(() => new Pipeline().UseLimits(maxBodySize: null).Run(App));
        Assert.Throws<ArgumentOutOfRangeException>("maxBodySize", () => RequestLimits.Wrap(App, -1));
        Assert.Throws<ArgumentOutOfRangeException>("minDataRate", () => RequestLimits.Wrap(App, minDataRate: -1));
        Assert.Throws<ArgumentOutOfRangeException>("minDataRateGrace", () => RequestLimits.Wrap(App, minDataRateGrace: TimeSpan.Zero));
    }
}
