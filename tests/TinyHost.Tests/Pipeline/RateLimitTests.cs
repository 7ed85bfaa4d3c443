// Owns: tests of RateLimit and RateLimitKey, of TinyHost.RateLimiting. No limiter here depends on how much time passes.

using System.Threading.RateLimiting;
using TinyHost.RateLimiting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class RateLimitTests
{
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    [Fact]
    public async Task Each_client_has_a_limit_of_its_own()
    {
        var app = new Pipeline()
            .UseForwarded("127.0.0.1")
            .UseRateLimit(context => RateLimitPartition.GetFixedWindowLimiter(
                RateLimitKey.Client(context), _ => new FixedWindowRateLimiterOptions { PermitLimit = 2, Window = s_day }))
            .Run(Answer);
        await using var server = await TestServer.StartAsync(app);
        Assert.Equal([200, 200, 429, 200], await SendAsync(server, "203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.2"));
        Assert.Equal([200, 200, 429, 200], await SendAsync(server, "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"));
    }

    [Theory]
    [InlineData(0.2, "1")]
    [InlineData(1.0, "1")]
    [InlineData(29.1, "30")]
    [InlineData(0.0, "1")]
    [InlineData(null, null)]
    public async Task Retry_After_is_what_the_limiter_says(double? seconds, string? expected)
    {
        using var meters = new MeterRecorder();
        using var limiter = new FullLimiter(seconds is null ? null : TimeSpan.FromSeconds(seconds.Value));
        using var partitions = Limit(limiter);
        using var log = new RecordingLogger();
        var app = new Pipeline().UseAccessLog(logger: log).UseErrors(problemDetails: true, log).UseRateLimit(partitions).Run(Answer);
        using var server = Send(app, "/", meters);
        var sent = await server.EndAsync();
        Assert.StartsWith("HTTP/1.1 429 Too Many Requests\r\n", sent);
        Assert.Equal(expected, sent.Split("\r\n").SingleOrDefault(line => line.StartsWith("Retry-After: "))?[13..]);
        Assert.EndsWith("{\"title\":\"Too Many Requests\",\"status\":429,\"detail\":\"rate limit\"}", sent);
        Assert.Equal("rate_limit", Assert.Single(meters.Tags("tinyhost.requests.rejected"))["reason"]);
        var line = Assert.Single(log.Entries).Message;
        Assert.Contains(" GET / 429 ", line);
        Assert.EndsWith(" rate_limit", line);
    }

    [Fact]
    public async Task A_permit_is_held_until_the_request_ends_and_requests_wait_in_the_limiters_queue()
    {
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 1 });
        using var partitions = Limit(limiter);
        var entered = 0;
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var app = RateLimit.Wrap(
            context =>
            {
                entered++;
                return context.Request.Path == "/first" ? released.Task : Task.CompletedTask;
            },
            partitions);
        using var first = Send(app, "/first");
        using var second = Send(app, "/second");
        Assert.Equal(429, (await app.GetAsync("/third")).Status);
        Assert.Equal(1, entered);
        released.SetResult();
        Assert.StartsWith("HTTP/1.1 200 ", await first.EndAsync());
        Assert.StartsWith("HTTP/1.1 200 ", await second.EndAsync());
        Assert.Equal(1, limiter.GetStatistics()!.CurrentAvailablePermits);
    }

    [Fact]
    public async Task A_client_that_leaves_the_queue_frees_its_place()
    {
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 1 });
        using var partitions = Limit(limiter);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var app = RateLimit.Wrap(_ => released.Task, partitions);
        using var first = Send(app, "/first");
        using var leaving = Send(app, "/leaving");
        Assert.Equal(1, limiter.GetStatistics()!.CurrentQueuedCount);
        leaving.Transport.Reset();
        leaving.Time.Advance(TimeSpan.FromSeconds(2));
        await leaving.EndAsync();
        Assert.Equal((0L, 0), (limiter.GetStatistics()!.CurrentQueuedCount, leaving.Log.Errors));
        released.SetResult();
        await first.EndAsync();
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("fails")]
    [InlineData("null")]
    public async Task A_failed_request_gives_its_permit_back(string how)
    {
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1 });
        using var partitions = Limit(limiter);
        var app = RateLimit.Wrap(
            _ => how == "null" ? null!
                : how == "fails" ? Task.FromException(new NotSupportedException())
                : throw new NotSupportedException(),
            partitions);
        Assert.Equal(500, (await app.GetAsync("/")).Status);
        Assert.Equal(1, limiter.GetStatistics()!.CurrentAvailablePermits);
    }

    [Fact]
    public async Task Limiters_of_the_stage_live_as_long_as_its_servers()
    {
        var limiters = new List<FullLimiter>();
        var app = RateLimit.Wrap(Answer, _ => RateLimitPartition.Get("all", _ =>
        {
            limiters.Add(new FullLimiter(null));
            return (RateLimiter)limiters[^1];
        }));
        var first = await TestServer.StartAsync(app);
        var second = await TestServer.StartAsync(app);
        Assert.Equal([429], await SendAsync(first, "::1"));
        Assert.Equal([429], await SendAsync(second, "::1"));
        await first.DisposeAsync();
        Assert.False(Assert.Single(limiters).IsDisposed);
        Assert.Equal([429], await SendAsync(second, "::1"));
        await second.DisposeAsync();
        Assert.True(Assert.Single(limiters).IsDisposed);
        await using var third = await TestServer.StartAsync(app);
        Assert.Equal([429], await SendAsync(third, "::1"));
        Assert.Equal(2, limiters.Count);
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    public async Task A_client_is_an_address_or_a_network_of_IPv6(string client, string expected)
    {
        var app = Forwarded.Wrap(context => context.Response.WriteTextAsync(RateLimitKey.Client(context)), "127.0.0.1");
        Assert.Equal(expected, (await app.GetAsync("/", "X-Forwarded-For: " + client)).Content);
    }

    [Fact]
    public async Task A_user_is_the_one_admitted_and_otherwise_the_client()
    {
        Func<RequestContext, Task> app = context => context.Response.WriteTextAsync(RateLimitKey.User(context));
        Assert.Equal("127.0.0.1", (await app.GetAsync("/")).Content);
        app = Authentication.Wrap(app, auth => auth.Token("u", "t"));
        Assert.Equal("user u", (await app.GetAsync("/", "Authorization: Bearer t")).Content);
    }

    [Fact]
    public void Arguments_are_required()
    {
        Assert.Throws<ArgumentNullException>("app", () => RateLimit.Wrap(null!, _ => default));
        Assert.Throws<ArgumentNullException>(
            "partition", () => RateLimit.Wrap(Answer, (Func<RequestContext, RateLimitPartition<string>>)null!));
        Assert.Throws<ArgumentNullException>("limiter", () => RateLimit.Wrap(Answer, (PartitionedRateLimiter<RequestContext>)null!));
    }

    private static Task Answer(RequestContext context) => context.Response.WriteTextAsync("app");

    private static PartitionedRateLimiter<RequestContext> Limit(RateLimiter limiter) =>
        PartitionedRateLimiter.Create<RequestContext, string>(_ => RateLimitPartition.Get("all", _ => limiter));

    private static MemoryServer Send(Func<RequestContext, Task> app, string path, MeterRecorder? meters = null) =>
        new(app, new MemoryTransport().Arrive($"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").FinishSending(), meters: meters);

    private static async Task<List<int>> SendAsync(HttpServer server, params string[] clients)
    {
        using var http = new HttpClient();
        var statuses = new List<int>();
        foreach (var client in clients)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{server.EndPoints[0]}/");
            request.Headers.Add("X-Forwarded-For", client);
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            statuses.Add((int)response.StatusCode);
        }

        return statuses;
    }

    private sealed class FullLimiter(TimeSpan? retryAfter) : RateLimiter
    {
        internal bool IsDisposed { get; private set; }

        public override TimeSpan? IdleDuration => null;

        public override RateLimiterStatistics? GetStatistics() => null;

        protected override RateLimitLease AttemptAcquireCore(int permitCount) => new Lease(retryAfter);

        protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
            new(AttemptAcquireCore(permitCount));

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class Lease(TimeSpan? retryAfter) : RateLimitLease
    {
        public override bool IsAcquired => false;

        public override IEnumerable<string> MetadataNames => retryAfter is null ? [] : [MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = retryAfter;
            return retryAfter is not null && metadataName == MetadataName.RetryAfter.Name;
        }
    }
}
