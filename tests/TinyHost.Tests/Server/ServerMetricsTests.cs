using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ServerMetricsTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string LastGet = "GET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n";

    private static Task Ok(RequestContext context) => context.Response.WriteTextAsync("ok");

    private static async Task Read(RequestContext context) => await context.Request.Body.ReadAllAsync();

    /// <summary>Serves a connection to its end and returns why it was closed.</summary>
    private static async Task<string> CloseReasonAsync(
        Func<RequestContext, Task> app, Action<MemoryServer> act, MemoryTransport? transport = null)
    {
        using var meters = new MeterRecorder();
        using var server = new MemoryServer(app, transport, meters: meters);
        act(server);
        await server.HangUpAsync();
        return (string)Assert.Single(meters.Tags("tinyhost.connection.duration"))["reason"]!;
    }

    [Theory]
    [InlineData("", "closed_by_peer")]
    [InlineData(Get, "closed_by_peer")]
    [InlineData("\r\n", "closed_by_peer")]
    [InlineData(LastGet, "after_response")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "after_response")]
    [InlineData("GET / HTTP/1.1\r\n", "reset_by_peer")]
    [InlineData("GET / HTTP/1.1\r\nHost : h\r\n\r\n", "request_rejected")]
    public async Task The_close_reason_follows_from_where_the_peer_stops_sending(string input, string reason) =>
        Assert.Equal(reason, await CloseReasonAsync(Ok, server => server.Transport.Arrive(input).FinishSending()));

    [Fact]
    public async Task Each_deadline_has_its_own_reason()
    {
        Assert.Equal(
            "idle_timeout", await CloseReasonAsync(Ok, server => server.Time.Advance(server.Limits.IdleTimeout + TimeSpan.FromSeconds(2))));

        Assert.Equal("header_section_timeout", await ExpireAsync(Ok, "GET /"));
        Assert.Equal("content_too_slow", await ExpireAsync(Read, Post + "abc"));
        var transport = new MemoryTransport();
        transport.BlockSends();
        Assert.Equal("response_too_slow", await ExpireAsync(Ok, Get, transport));
    }

    [Fact]
    public async Task Every_other_close_has_its_own_reason()
    {
        Assert.Equal("content_too_slow", await ExpireAsync(Read, Post));
        Assert.Equal("reset_by_peer", await CloseReasonAsync(Read, server => server.Transport.Arrive(Post + "abc").FinishSending()));
        Assert.Equal("reset_by_peer", await CloseReasonAsync(Ok, server => server.Transport.Reset()));
        Assert.Equal(
            "reset_by_peer", await CloseReasonAsync(Ok, server => server.Transport.Arrive(Get), new MemoryTransport { FailSend = 0 }));
        Assert.Equal("response_aborted", await CloseReasonAsync(
            context =>
            {
                context.Abort();
                return Task.CompletedTask;
            },
            server => server.Transport.Arrive(Get)));
        Assert.Equal("response_aborted", await CloseReasonAsync(
            async context =>
            {
                await context.Response.FlushAsync();
                throw new InvalidOperationException("after the start");
            },
            server => server.Transport.Arrive(Get)));
        Assert.Equal("server_stopped", await CloseReasonAsync(Ok, server => _ = server.Connections.CloseAsync()));
        Assert.Equal("server_stopped", await CloseReasonAsync(
            context => Task.Delay(Timeout.Infinite, context.Aborted),
            server =>
            {
                server.Transport.Arrive(Get);
                _ = server.Connections.CloseAsync();
                server.Connection.Abort();
            }));
        Assert.Equal("upgrade_ended", await CloseReasonAsync(
            async context => await (await context.UpgradeAsync("x")).DisposeAsync(),
            server => server.Transport.Arrive("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n").FinishSending()));
    }

    [Fact]
    public async Task A_request_is_measured_with_its_attributes()
    {
        using var meters = new MeterRecorder();
        using var server = new MemoryServer(
            context =>
            {
                context.Route = "/users/{id}";
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive("BREW /users/7 HTTP/1.0\r\n\r\n").FinishSending(),
            meters: meters);
        await server.EndAsync();
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["http.request.method"] = "_OTHER",
                ["http.response.status_code"] = 404,
                ["http.route"] = "/users/{id}",
                ["network.protocol.version"] = "1.0",
                ["url.scheme"] = "http",
            },
            Assert.Single(meters.Tags("http.server.request.duration")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_is_measured_with_its_type_and_a_refusal_with_its_reason(bool behindErrors)
    {
        Func<RequestContext, Task> app = context =>
            context.Request.Path == "/a" ? throw new InvalidOperationException("boom") : Ok(context);
        using var meters = new MeterRecorder();
        using var server = new MemoryServer(
            behindErrors ? ErrorHandling.Wrap(app, new RecordingLogger()) : app,
            new MemoryTransport().Arrive(Get + "GET / HTTP/1.1\r\n\r\n").FinishSending(),
            meters: meters);
        await server.EndAsync();
        var tags = Assert.Single(meters.Tags("http.server.request.duration"));
        Assert.Equal("System.InvalidOperationException", tags["error.type"]);
        Assert.Equal(500, tags["http.response.status_code"]);
        Assert.Equal("missing_host", Assert.Single(meters.Tags("tinyhost.requests.rejected"))["reason"]);
    }

    [Fact]
    public async Task An_unmeasured_request_is_not_counted()
    {
        using var meters = new MeterRecorder();
        var active = -1.0;
        using var server = new MemoryServer(
            context =>
            {
                context.Measured = context.Request.Path == "/z";
                if (!context.Measured)
                {
                    active = meters.Observe("http.server.active_requests");
                }

                return Task.CompletedTask;
            },
            new MemoryTransport().Arrive(Get + LastGet).FinishSending(),
            meters: meters);
        await server.EndAsync();
        Assert.Equal(0, active);
        Assert.Single(meters.Tags("http.server.request.duration"));
    }

    [Fact]
    public async Task Active_requests_and_connections_are_observed()
    {
        using var meters = new MeterRecorder();
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        using var server = new MemoryServer(
            async context =>
            {
                entered.SetResult();
                await release.Task;
            },
            new MemoryTransport().Arrive(Get).FinishSending(),
            meters: meters);
        await entered.Task.WaitAsync(TestTimeout.Long);
        Assert.Equal(1, meters.Observe("http.server.active_requests"));
        Assert.Equal(1, meters.Observe("tinyhost.connections.active"));
        release.SetResult();
        await server.EndAsync();
        Assert.Equal(0, meters.Observe("http.server.active_requests"));
        Assert.Equal(0, meters.Observe("tinyhost.connections.active"));
    }

    /// <summary>Sends the input and then nothing until every deadline has passed.</summary>
    private static Task<string> ExpireAsync(Func<RequestContext, Task> app, string input, MemoryTransport? transport = null) =>
        CloseReasonAsync(
            app,
            server =>
            {
                server.Transport.Arrive(input);
                // Advance the clock only after the wait under test has begun.
                SpinWait.SpinUntil(() => server.Transport.ReceivesBegun >= 2 || server.Transport.SendIsBlocked, TestTimeout.Long);
                server.Time.Advance(server.Limits.IdleTimeout + TimeSpan.FromSeconds(2));
            },
            transport);
}
