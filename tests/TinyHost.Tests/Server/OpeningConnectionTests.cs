// Owns: tests of connections between their acceptance and their first request: deadlines, limits, stops, and peers that leave.

using TinyHost.Tests.Support;
using static TinyHost.Tests.Support.ProxiedServer;

namespace TinyHost.Tests;

public sealed class OpeningConnectionTests
{
    [Theory]
    [InlineData("")]
    [InlineData("PROXY TCP4 192.0.2.7 ")]
    public async Task A_header_that_does_not_arrive_in_time_ends_the_connection(string sent)
    {
        var time = new ManualTime();
        await using var server = await StartAsync(Echo, time: time, limit: limits => limits.OpeningTimeout = TimeSpan.FromSeconds(3));
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync(sent);
        await Until.TrueAsync(() => server.Meters.Observe("tinyhost.connections.active") == 1);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["opening_timeout"], await server.ClosedAsync(1));
        Assert.Equal("", (await proxy.ReadUntilQuietAsync(TestTimeout.Long)).Octets);
        Assert.Contains(server.Log.Entries, entry => entry.Message.EndsWith("waited too long for Opening.", StringComparison.Ordinal));
        await server.EmptyAsync();
    }

    [Fact]
    public async Task Bytes_that_trickle_in_do_not_extend_the_time_for_the_header()
    {
        var time = new ManualTime();
        await using var server = await StartAsync(Echo, time: time, limit: limits => limits.OpeningTimeout = TimeSpan.FromSeconds(3));
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync("P");
        await Until.TrueAsync(() => server.Meters.Observe("tinyhost.connections.active") == 1);
        foreach (var octet in "ROXY")
        {
            await proxy.SendAsync(octet.ToString());
            time.Advance(TimeSpan.FromSeconds(1));
        }

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["opening_timeout"], await server.ClosedAsync(1));
    }

    [Fact]
    public async Task The_time_for_the_header_ends_with_the_header_even_if_the_handler_keeps_the_thread()
    {
        var time = new ManualTime();
        using var entered = new ManualResetEventSlim();
        using var released = new ManualResetEventSlim();
        await using var server = await StartAsync(
            context =>
            {
                entered.Set();
                Assert.True(released.Wait(TestTimeout.Long));
                return Echo(context);
            },
            time: time);
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync(Header + LastGet);
        await Until.TrueAsync(() => entered.IsSet);
        time.Advance(new ServerLimits().OpeningTimeout + TimeSpan.FromSeconds(5));
        released.Set();
        Assert.Equal("/z ", (await proxy.ReadResponseAsync()).Content);
        Assert.DoesNotContain(server.Log.Entries, entry => entry.Message.Contains("waited too long", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "closed_by_peer")]
    [InlineData("PROXY TCP4", "reset_by_peer")]
    public async Task A_proxy_that_leaves_before_its_header_is_complete_is_not_refused(string sent, string reason)
    {
        await using var server = await StartAsync(Echo);
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync(sent);
        proxy.FinishSending();
        Assert.Equal("", await proxy.ReadToEndAsync());
        Assert.Equal([reason], await server.ClosedAsync(1));
        Assert.Empty(server.Meters.Tags("tinyhost.connections.rejected"));
        Assert.DoesNotContain(server.Log.Entries, entry => entry.Message.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_that_is_being_opened_counts_towards_the_limits()
    {
        await using var server = await StartAsync(Echo, limit: limits => limits.MaxConnections = 1);
        using (var silent = await server.ConnectAsync())
        {
            await Until.TrueAsync(() => server.Meters.Observe("tinyhost.connections.active") == 1);
            using var second = await server.ConnectAsync();
            Assert.Equal("", await second.ReadToEndAsync());
        }

        await server.EmptyAsync();
        using var third = await server.ConnectAsync();
        await third.SendAsync(Header + LastGet);
        Assert.Equal("/z ", (await third.ReadResponseAsync()).Content);
    }

    [Fact]
    public async Task Every_way_to_end_before_the_first_request_gives_the_place_back()
    {
        await using var server = await StartAsync(Echo, limit: limits => limits.MaxConnections = 1);
        foreach (var sent in new[] { "", Get, "PROXY \r\n", Header[..9], Header, Header + LastGet })
        {
            for (var i = 0; i < 20; i++)
            {
                using (var proxy = await server.ConnectAsync())
                {
                    await proxy.SendAsync(sent);
                    if (i % 2 == 0)
                    {
                        proxy.Reset();
                    }
                    else
                    {
                        proxy.FinishSending();
                        await proxy.ReadUntilQuietAsync(TestTimeout.Long);
                    }
                }

                await server.EmptyAsync();
            }
        }

        using var last = await server.ConnectAsync();
        await last.SendAsync(Header + LastGet);
        Assert.Equal("/z ", (await last.ReadResponseAsync()).Content);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_ends_whatever_its_connections_do_before_their_first_request(bool givesUp)
    {
        await using var server = await StartAsync(Echo);
        for (var run = 0; run < 20; run++)
        {
            var clients = new List<RawClient>();
            string[] starts = ["", Header[..7], Header, Header + Get[..8], Header + Get, Get, "PROXY \r\n"];
            foreach (var start in starts)
            {
                clients.Add(await server.ConnectAsync());
                await clients[^1].SendAsync(start);
            }

            await server.Server.StopAsync(new CancellationToken(givesUp)).WaitAsync(TestTimeout.Long);
            Assert.Equal(0, server.Meters.Observe("tinyhost.connections.active"));
            foreach (var client in clients)
            {
                Assert.NotEqual("waits", (await client.ReadUntilQuietAsync(TestTimeout.Long)).End);
                client.Dispose();
            }

            await server.Server.StartAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, server.Log.Errors);
    }

    [Fact]
    public async Task A_stop_closes_a_connection_that_is_being_opened_at_once()
    {
        await using var server = await StartAsync(Echo);
        using var silent = await server.ConnectAsync();
        using var partial = await server.ConnectAsync();
        await partial.SendAsync(Header[..20]);
        await Until.TrueAsync(() => server.Meters.Observe("tinyhost.connections.active") == 2);
        await server.Server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TestTimeout.Long);
        Assert.Equal(["server_stopped", "server_stopped"], await server.ClosedAsync(2));
    }

    [Fact]
    public async Task A_request_that_has_arrived_with_its_header_is_answered_when_the_server_stops()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var server = await StartAsync(Echo);
            using var proxy = await server.ConnectAsync();
            await Until.TrueAsync(() => server.Meters.Observe("tinyhost.connections.active") == 1);
            await proxy.SendAsync(Header + Get);
            await server.Server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TestTimeout.Long);
            Assert.StartsWith("HTTP/1.1 200 OK\r\n", (await proxy.ReadUntilQuietAsync(TestTimeout.Long)).Octets);
        }
    }
}
