// Owns: tests of prefixes that take PROXY headers, over sockets: whose they are, what handlers see, and how connections without one end.

using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using TinyHost.RateLimiting;
using TinyHost.Tests.Support;
using static TinyHost.Tests.Support.ProxiedServer;

namespace TinyHost.Tests;

public sealed class ProxyProtocolTests
{
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

    [Fact]
    public async Task The_client_of_the_header_is_the_proxy_that_UseForwarded_trusts_or_not()
    {
        var app = new Pipeline()
            .UseForwarded("192.0.2.7")
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
    public async Task Each_client_behind_the_proxy_has_a_rate_limit_of_its_own()
    {
        var app = new Pipeline()
            .UseRateLimit(context => RateLimitPartition.GetFixedWindowLimiter(
                RateLimitKey.Client(context),
                _ => new FixedWindowRateLimiterOptions { PermitLimit = 1, Window = TimeSpan.FromDays(1) }))
            .Run(Echo);
        await using var server = await StartAsync(app);
        List<int> statuses = [];
        foreach (var client in new[] { "192.0.2.7", "192.0.2.8", "192.0.2.7" })
        {
            using var proxy = await server.ConnectAsync();
            await proxy.SendAsync(Header.Replace("192.0.2.7", client, StringComparison.Ordinal));
            statuses.Add((await proxy.GetAsync("/")).Status);
        }

        Assert.Equal([200, 200, 429], statuses);
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
        var port = FreePort.Next();
        string[] urls = [.. new[] { first, second }.Select(url => string.Format(CultureInfo.InvariantCulture, url, port))];
        var error = await Assert.ThrowsAsync<ServerStartException>(() => TestServer.StartAsync(Echo, options =>
        {
            options.Prefixes.Add(urls[0], prefix => prefix.ProxyProtocol.Add("127.0.0.1"));
            options.Prefixes.Add(urls[1], prefix => Trust(prefix, network));
        }));
        Assert.Equal(
            $"Cannot start: the prefixes {urls[0]} and {urls[1]} share a socket, so both need the same scheme, TLS settings and "
            + "ProxyProtocol.",
            error.Message);
        await using var server = await TestServer.StartAsync(Echo, options => Array.ForEach(
            urls, url => options.Prefixes.Add(url, prefix => prefix.ProxyProtocol.Add("127.0.0.1"))));
        using var proxy = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await proxy.SendAsync(Header + "GET /b/ HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Equal(200, (await proxy.ReadResponseAsync()).Status);
    }
}
