using TinyHost.Tests.Support;

namespace TinyHost.Tests;

/// <summary>A stop and a deadline process bytes that have already arrived before they end a wait.</summary>
public sealed class LastLookTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string Post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";

    private static async Task Echo(RequestContext context) =>
        context.Response.Write((await context.Request.Body.ReadAllAsync()).Span);

    [Fact]
    public async Task A_stop_answers_a_request_that_is_already_in_the_socket()
    {
        using var server = new MemoryServer(context => context.Response.WriteTextAsync("ok"));
        await Until.TrueAsync(() => server.Pool.Lent == 0);
        server.Transport.ArriveUnnoticed(Get);
        var stopped = server.Connections.CloseAsync();
        var sent = await server.EndAsync();
        await stopped.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", sent, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_waits_for_the_content_of_a_request_that_is_already_in_the_socket()
    {
        using var server = new MemoryServer(Echo);
        await Until.TrueAsync(() => server.Pool.Lent == 0);
        server.Transport.ArriveUnnoticed(Post + "he");
        var stopped = server.Connections.CloseAsync();
        await Until.TrueAsync(() => server.Connection.Request.MeasuredMethod == "POST");
        server.Transport.Arrive("llo");
        Assert.EndsWith("\r\n\r\nhello", await server.EndAsync(), StringComparison.Ordinal);
        await stopped.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_stop_does_not_end_the_content_of_a_request_whose_head_has_just_become_complete()
    {
        using var server = new MemoryServer(Echo, new MemoryTransport().Arrive(Post[..20]));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        server.Transport.Arrive(Post[20..]);
        await Until.TrueAsync(() => server.Connection.Request.MeasuredMethod == "POST");
        var stopped = server.Connections.CloseAsync();
        // The read treats the stop's wake-up as spurious and keeps waiting for the content.
        server.Transport.Arrive("hello");
        Assert.EndsWith("\r\n\r\nhello", await server.EndAsync(), StringComparison.Ordinal);
        await stopped.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_stop_ends_a_partial_head_without_a_response()
    {
        using var server = new MemoryServer(Echo, new MemoryTransport().Arrive(Get[..20]));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        _ = server.Connections.CloseAsync();
        Assert.Equal("", await server.EndAsync());
        Assert.True(server.Transport.SendIsShut);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_connection_that_lingers()
    {
        using var server = new MemoryServer(
            context =>
            {
                context.Response.CloseConnection();
                return context.Response.WriteTextAsync("ok");
            },
            new MemoryTransport().Arrive(Get));
        await Until.TrueAsync(() => server.Transport.SendIsShut);
        Assert.False(server.Served.IsCompleted);
        await server.Connections.CloseAsync().WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.EndsWith("ok", await server.EndAsync(), StringComparison.Ordinal);
        Assert.False(server.Transport.IsAborted);
    }

    [Fact]
    public async Task Content_that_arrived_while_the_process_was_suspended_is_in_time()
    {
        using var server = new MemoryServer(Echo, new MemoryTransport().Arrive(Post));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        server.Transport.ArriveUnnoticed("hello");
        server.Time.Advance(TimeSpan.FromSeconds(40));
        server.Transport.FinishSending();
        Assert.EndsWith("\r\n\r\nhello", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_continues_after_the_process_was_suspended()
    {
        using var server = new MemoryServer(Echo, new MemoryTransport().Arrive(Post));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        server.Time.Suspend(TimeSpan.FromSeconds(40));
        server.Transport.ArriveUnnoticed("he");
        server.Time.Advance(TimeSpan.FromSeconds(1));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun >= 3);
        server.Transport.Arrive("llo").FinishSending();
        Assert.EndsWith("\r\n\r\nhello", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_that_arrived_while_the_process_was_suspended_is_in_time()
    {
        using var server = new MemoryServer(Echo, new MemoryTransport().Arrive(Get[..20]));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        server.Transport.ArriveUnnoticed(Get[20..]);
        server.Time.Advance(TimeSpan.FromSeconds(40));
        server.Transport.FinishSending();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_arrived_while_the_process_was_suspended_is_answered_even_after_the_idle_deadline()
    {
        using var server = new MemoryServer(Echo);
        await Until.TrueAsync(() => server.Pool.Lent == 0);
        server.Transport.ArriveUnnoticed(Get);
        server.Time.Advance(server.Limits.IdleTimeout + TimeSpan.FromSeconds(2));
        server.Transport.FinishSending();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await server.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_partial_head_received_at_the_deadline_does_not_extend_it()
    {
        using var server = new MemoryServer(Echo, new MemoryTransport().Arrive(Get[..10]));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        server.Transport.ArriveUnnoticed(Get[10..20]);
        server.Time.Advance(server.Limits.HeaderSectionTimeout + TimeSpan.FromSeconds(2));
        Assert.StartsWith("HTTP/1.1 408 ", await server.HangUpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_of_a_server_answers_requests_that_idle_connections_have_sent()
    {
        // Every request completely sent before the stop is answered, even if the server has not read it yet.
        await using var server = await TestServer.StartAsync(context => context.Response.WriteTextAsync("ok"));
        var clients = new List<RawClient>();
        for (var i = 0; i < 50; i++)
        {
            var client = await server.ConnectAsync();
            Assert.Equal("ok", (await client.GetAsync("/")).Content);
            clients.Add(client);
        }

        foreach (var client in clients)
        {
            await client.SendAsync(Get);
        }

        await server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        foreach (var client in clients)
        {
            Assert.EndsWith("\r\n\r\nok", await client.ReadToEndAsync(), StringComparison.Ordinal);
            client.Dispose();
        }
    }
}
