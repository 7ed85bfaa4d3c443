// Owns: tests of prefixes that take PROXY headers, over sockets: whose they are, what handlers see, and how connections without one end.

using System.Globalization;
using System.Net;
using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ProxyProtocolTests
{
    private const string Header = "PROXY TCP4 192.0.2.7 198.51.100.1 4711 80\r\n";
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string LastGet = "GET /z HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    [Fact]
    public async Task The_client_of_the_header_is_the_peer_and_the_proxy_is_known_too()
    {
        ConnectionInfo? seen = null;
        await using var server = await StartAsync(context =>
        {
            seen = context.Connection;
            return context.Response.WriteTextAsync(context.Client.ToString());
        });
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync(Header + Get);
        Assert.Equal("192.0.2.7:4711", (await proxy.ReadResponseAsync()).Content);
        Assert.Equal("192.0.2.7:4711", seen!.RemoteEndPoint.ToString());
        Assert.Equal(proxy.Socket.LocalEndPoint, seen.ProxyEndPoint);
        Assert.Equal(proxy.Socket.RemoteEndPoint, seen.LocalEndPoint);
        Assert.Equal(server.Server.EndPoints[0].Port, seen.LocalPort);
        Assert.True(seen.IsOfPrefix("public"));
        // The header counts once for each connection.
        Assert.Equal("192.0.2.7:4711", (await proxy.GetAsync("/b")).Content);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")]
    public async Task Without_a_client_in_the_header_the_proxy_itself_is_the_peer(string header)
    {
        ConnectionInfo? seen = null;
        await using var server = await StartAsync(context =>
        {
            seen = context.Connection;
            return Task.CompletedTask;
        });
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync(header + Get);
        Assert.Equal(200, (await proxy.ReadResponseAsync()).Status);
        Assert.Equal(proxy.Socket.LocalEndPoint, seen!.RemoteEndPoint);
        Assert.Null(seen.ProxyEndPoint);
    }

    [Fact]
    public async Task Requests_behind_the_header_are_served_whatever_came_with_it()
    {
        await using var server = await StartAsync(Echo);
        var all = Header + "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + LastGet;
        for (var first = 1; first < all.Length; first += 3)
        {
            using var proxy = await server.ConnectAsync();
            await proxy.SendAsync(all[..first]);
            await Task.Yield();
            await proxy.SendAsync(all[first..]);
            Assert.Equal("/a hello", (await proxy.ReadResponseAsync()).Content);
            Assert.Equal("/z ", (await proxy.ReadResponseAsync()).Content);
            Assert.Equal("", await proxy.ReadToEndAsync());
        }
    }

    [Fact]
    public async Task A_header_may_arrive_byte_by_byte_and_a_large_request_right_behind_it()
    {
        await using var server = await StartAsync(Echo);
        using var proxy = await server.ConnectAsync();
        foreach (var octet in "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x01\xC0\0\x02\x02\xDC\x04\x01\xBB")
        {
            await proxy.SendAsync(octet.ToString());
        }

        var content = new string('x', 50_000);
        await proxy.SendAsync($"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: {content.Length}\r\n\r\n{content}");
        Assert.Equal("/a " + content, (await proxy.ReadResponseAsync()).Content);
    }

    [Theory]
    [InlineData(Get, "proxy_header_missing", "it does not begin with a PROXY header")]
    [InlineData("PROXY TCP4 192.0.2.7\r\n" + Get, "proxy_header_malformed", "its PROXY header is malformed")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x11\xFF\xFF", "proxy_header_too_large", "its PROXY header is too large")]
    [InlineData(
        "\r\n\r\n\0\r\nQUIT\n\x20\0\0\x07\x03\0\x04\0\0\0\0", "proxy_header_checksum", "the checksum of its PROXY header is wrong")]
    public async Task A_proxy_that_sends_no_valid_header_is_refused(string sent, string reason, string words)
    {
        var handled = 0;
        await using var server = await StartAsync(context =>
        {
            handled++;
            return Task.CompletedTask;
        });
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync(sent);
        Assert.Equal("", (await proxy.ReadUntilQuietAsync(TestTimeout.Long)).Octets);
        Assert.Equal(["opening_refused"], await server.ClosedAsync(1));
        Assert.Equal(reason, Assert.Single(server.Meters.Tags("tinyhost.connections.rejected"))["reason"]);
        Assert.Contains(
            server.Log.Entries,
            entry => entry.Message == $"A connection from {proxy.Socket.LocalEndPoint} was refused: {words} ({reason}).");
        await server.EmptyAsync();
        Assert.Equal(0, handled);
    }

    [Fact]
    public async Task Peers_outside_the_trusted_networks_are_refused_and_logged_once_a_second()
    {
        var time = new ManualTime();
        await using var server = await StartAsync(Echo, time: time, trusted: "192.0.2.0/24,2001:db8::1");
        for (var second = 1; second <= 2; second++)
        {
            for (var i = 0; i < 3; i++)
            {
                using var forger = await server.ConnectAsync();
                await forger.SendAsync(Header + Get);
                Assert.Equal("", (await forger.ReadUntilQuietAsync(TestTimeout.Long)).Octets);
            }

            await server.ClosedAsync(3 * second);
            Assert.Equal(second, server.Log.Entries.Count(entry => entry.Message.EndsWith(
                "was refused: its address is not in the ProxyProtocol networks of the prefix (proxy_untrusted).",
                StringComparison.Ordinal)));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(6, server.Meters.Tags("tinyhost.connections.rejected").Count(tags => (string)tags["reason"]! == "proxy_untrusted"));
    }

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

    [Fact]
    public async Task The_client_of_the_header_is_the_proxy_that_UseForwarded_trusts_or_not()
    {
        var app = new Pipeline()
            .UseForwarded(trusted: "192.0.2.7")
            .UseAddressFiltering("203.0.113.9", "192.0.2.8")
            .Run(context => context.Response.WriteTextAsync(context.Client.Address.ToString()));
        await using var server = await StartAsync(app);
        Assert.Equal("203.0.113.9", await AskAsync(server, "192.0.2.7"));
        Assert.Equal("192.0.2.8", await AskAsync(server, "192.0.2.8"));
        Assert.Equal("403 Forbidden", (await AskAsync(server, "192.0.2.9")).Trim());

        static async Task<string> AskAsync(WatchedServer server, string client)
        {
            using var proxy = await server.ConnectAsync();
            await proxy.SendAsync(Header.Replace("192.0.2.7", client, StringComparison.Ordinal));
            return (await proxy.GetAsync("/", "X-Forwarded-For: 203.0.113.9\r\n")).Content;
        }
    }

    [Fact]
    public async Task The_access_log_has_the_client_also_of_a_request_that_is_refused()
    {
        using var log = new RecordingLogger();
        await using var server = await StartAsync(AccessLog.Wrap(Echo, log, AccessLogFormat.Common));
        using var proxy = await server.ConnectAsync();
        await proxy.SendAsync(Header + Get + "GET /bad\r\n\r\n");
        await proxy.ReadToEndAsync();
        await Until.TrueAsync(() => log.Entries.Count == 2);
        Assert.All(log.Entries, entry => Assert.StartsWith("192.0.2.7 - - [", entry.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_prefixes_take_no_header()
    {
        await using var server = await StartAsync(Echo, configure: options => options.Prefixes.Add("http://127.0.0.1:0/"));
        using var plain = await RawClient.ConnectAsync(server.Server.EndPoints[1]);
        await plain.SendAsync(LastGet);
        Assert.Equal("/z ", (await plain.ReadResponseAsync()).Content);
        using var headed = await RawClient.ConnectAsync(server.Server.EndPoints[1]);
        await headed.SendAsync(Header + Get);
        Assert.Equal(400, (await headed.ReadResponseAsync()).Status);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/a/", "http://127.0.0.1:{0}/b/", "")]
    [InlineData("http://+:{0}/", "http://127.0.0.1:{0}/b/", "")]
    [InlineData("http://127.0.0.1:{0}/a/", "http://127.0.0.1:{0}/b/", "127.0.0.2")]
    public async Task Prefixes_that_share_a_socket_need_the_same_networks(string first, string second, string network)
    {
        var port = TestServer.FreePort();
        string[] urls = [.. new[] { first, second }.Select(url => string.Format(CultureInfo.InvariantCulture, url, port))];
        var error = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.StartAsync(Echo, options =>
        {
            options.Prefixes.Add(urls[0], prefix => prefix.ProxyProtocol.Add("127.0.0.1"));
            options.Prefixes.Add(urls[1], prefix => Trust(prefix, network));
        }));
        Assert.Equal(
            $"Cannot start: the prefixes {urls[0]} and {urls[1]} share a socket, so both need the same ProxyProtocol.", error.Message);
        await using var server = await TestServer.StartAsync(Echo, options => Array.ForEach(
            urls, url => options.Prefixes.Add(url, prefix => prefix.ProxyProtocol.Add("127.0.0.1"))));
        using var proxy = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await proxy.SendAsync(Header + "GET /b/ HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await proxy.ReadResponseAsync()).Status);
    }

    private static async Task Echo(RequestContext context)
    {
        var content = Encoding.Latin1.GetString((await context.Request.Body.ReadAllAsync()).Span);
        await context.Response.WriteTextAsync($"{context.Request.Path} {content}");
    }

    private static void Trust(PrefixOptions prefix, string networks) =>
        Array.ForEach(networks.Split(',', StringSplitOptions.RemoveEmptyEntries), prefix.ProxyProtocol.Add);

    private static Task<WatchedServer> StartAsync(
        Func<RequestContext, Task> app, ManualTime? time = null, Action<ServerLimits>? limit = null, string trusted = "127.0.0.1",
        Action<ServerOptions>? configure = null) => WatchedServer.StartAsync(app, limit, options =>
        {
            options.TimeProvider = time ?? options.TimeProvider;
            options.Prefixes.Add("public=http://127.0.0.1:0/", prefix => Trust(prefix, trusted));
            configure?.Invoke(options);
        });
}
