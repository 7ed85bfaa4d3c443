using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ConnectionDeadlineTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

    private static Task Path(RequestContext context) => context.Response.WriteTextAsync(context.Request.Path);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [Fact]
    public async Task An_idle_connection_holds_no_buffer_and_is_closed_at_its_deadline()
    {
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive(Get));
        await server.Transport.SentAsync(sent => sent.EndsWith("/a", StringComparison.Ordinal));
        await Until.TrueAsync(() => server.Pool.Lent == 0);
        server.Time.Advance(server.Limits.IdleTimeout);
        Assert.False(server.Served.IsCompleted);
        server.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, Count(await server.EndAsync(), "HTTP/1.1 "));
    }

    [Fact]
    public async Task A_slow_header_section_is_answered_with_408()
    {
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive("GET / HTTP/1.1\r\n"));
        for (var i = 0; i < 32; i++)
        {
            // A line per second does not renew the deadline.
            await Until.TrueAsync(() => server.Transport.Receives > i);
            server.Transport.Arrive($"X-{i}: y\r\n");
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.StartsWith("HTTP/1.1 408 Request Timeout\r\n", await server.HangUpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_below_the_minimum_rate_is_refused_with_408()
    {
        using var server = new MemoryServer(
            async context => await context.Request.Body.ReadAllAsync(),
            new MemoryTransport().Arrive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"));
        for (var i = 0; !server.Transport.SendIsShut; i++)
        {
            // One byte per second, each received before the clock advances.
            server.Transport.Arrive("x");
            await Until.TrueAsync(() => server.Transport.Receives >= i + 2 || server.Transport.SendIsShut);
            server.Time.Advance(TimeSpan.FromSeconds(1));
            // Bytes that arrive before the wake-up is processed count as in time.
            await Until.TrueAsync(() => !server.Transport.IsWoken || server.Transport.SendIsShut);
        }

        Assert.StartsWith("HTTP/1.1 408 ", await server.HangUpAsync(), StringComparison.Ordinal);
    }

    // RFC 9112 §9.6: a reset could discard a response that the peer has not read yet.
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHo", 31)]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nbeginning", 7)]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFFFF\r\nbeginning", 7)]
    public async Task A_slow_peer_may_keep_sending_for_a_while_and_still_reads_the_408(string beginning, int seconds)
    {
        var (client, socket) = await RawClient.PairAsync();
        using var owned = client;
        var transport = new WatchedTransport(new SocketTransport(socket));
        using var server = new MemoryServer(async context => await context.Request.Body.ReadAllAsync(), transport);
        await client.SendAsync(beginning);
        await Until.TrueAsync(() => transport.ReceivesBegun == 2);
        // Advance exactly to the deadline: one tick later, the linger timeout might apply.
        server.Time.Advance(TimeSpan.FromSeconds(seconds));
        var head = await client.ReadHeadAsync();

        // Send repeatedly: bytes that arrive after a close cause a reset, which fails a later send.
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(new string('x', 50_000));
        }

        Assert.StartsWith("HTTP/1.1 408 ", head, StringComparison.Ordinal);
        Assert.Contains("408", await client.ReadToEndAsync(), StringComparison.Ordinal);
        client.FinishSending();
        await server.Served.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.Equal(0, server.Pool.Lent);
    }

    [Fact]
    public async Task A_slow_peer_may_not_keep_sending_forever()
    {
        using var server = new MemoryServer(Path, new MemoryTransport().Arrive("GET / HTTP/1.1\r\n"));
        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 2);
        server.Time.Advance(server.Limits.HeaderSectionTimeout + TimeSpan.FromSeconds(2));
        for (var i = 0; i < 2; i++)
        {
            await Until.TrueAsync(() => server.Transport.ReceivesBegun == i + 3);
            server.Transport.Arrive("late");
        }

        await Until.TrueAsync(() => server.Transport.ReceivesBegun == 5);
        server.Time.Advance(server.Limits.LingerTimeout + TimeSpan.FromSeconds(2));
        Assert.StartsWith("HTTP/1.1 408 ", await server.EndAsync(), StringComparison.Ordinal);
        Assert.False(server.Transport.IsAborted);
    }

    [Fact]
    public async Task Slow_content_after_a_pipelined_request_is_refused_too()
    {
        using var server = new MemoryServer(
            async context => await context.Request.Body.ReadAllAsync(),
            new MemoryTransport().Arrive(Get + "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"));
        await server.Transport.SentAsync(sent => sent.Contains("200 OK", StringComparison.Ordinal));
        server.Time.Advance(server.Limits.MinDataRateGrace + TimeSpan.FromSeconds(2));
        Assert.Contains("HTTP/1.1 408 ", await server.HangUpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_a_held_response_is_aborted_while_a_handler_reads()
    {
        var transport = new MemoryTransport();
        transport.BlockSends();
        using var server = new MemoryServer(
            async context => await context.Request.Body.ReadAllAsync(),
            transport.Arrive(Get + "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"));
        await Until.TrueAsync(() => transport.SendIsBlocked);
        for (var i = 0; !server.Served.IsCompleted; i++)
        {
            // The content itself arrives fast enough.
            transport.Arrive(new byte[1_000]);
            await Until.TrueAsync(() => transport.Receives >= i + 2 || server.Served.IsCompleted || transport.IsAborted);
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await server.EndAsync();
        Assert.True(transport.IsAborted);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_is_aborted()
    {
        var transport = new MemoryTransport();
        transport.BlockSends();
        using var server = new MemoryServer(async context => await context.Response.WriteAsync(new byte[65_537]), transport.Arrive(Get));
        await Until.TrueAsync(() => transport.SendIsBlocked);
        server.Time.Advance(server.Limits.IdleTimeout + TimeSpan.FromSeconds(2));
        await server.EndAsync();
        Assert.True(server.Transport.IsAborted);
    }
}
