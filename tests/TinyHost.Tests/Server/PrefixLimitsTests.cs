// Owns: tests of the limits that a prefix has of its own, in code and in a configuration.

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class PrefixLimitsTests
{
    private const string Free = "http://127.0.0.1:0/";

    [Fact]
    public async Task Connections_beyond_the_limit_of_their_prefix_are_closed()
    {
        await using var server = await StartAsync(options =>
        {
            options.Prefixes.Add(Free, prefix => prefix.MaxConnections = 1);
            options.Prefixes.Add(Free);
        });
        using var first = await RawClient.ConnectAsync(server.EndPoints[0]);
        Assert.Equal("ok", (await first.GetAsync("/")).Content);
        using var second = await RawClient.ConnectAsync(server.EndPoints[0]);
        Assert.Equal("", await second.ReadToEndAsync());
        using var other = await RawClient.ConnectAsync(server.EndPoints[1]);
        Assert.Equal("ok", (await other.GetAsync("/")).Content);
    }

    [Fact]
    public void The_listeners_of_a_prefix_share_its_limit()
    {
        var prefix = new PrefixOptions { Url = "http://localhost:0/", MaxConnections = 2 }.Read();
        var quotas = new ConnectionQuotas(new ServerLimits(), int.MaxValue, new RecordingLogger());
        var (one, other, without) = (quotas.Add(1, prefix.OwnLimits), quotas.Add(1, prefix.OwnLimits), quotas.Add(2));
        Assert.Null(one.TryEnter(int.MaxValue));
        Assert.Null(other.TryEnter(int.MaxValue));
        Assert.Equal("max_connections_per_prefix", one.TryEnter(int.MaxValue));
        Assert.Equal("max_connections_per_prefix", other.TryEnter(int.MaxValue));
        Assert.Null(without.TryEnter(int.MaxValue));
        other.Leave();
        Assert.Null(one.TryEnter(int.MaxValue));
    }

    [Fact]
    public async Task A_server_that_starts_again_begins_with_no_connection()
    {
        var options = new ServerOptions();
        options.Prefixes.Add(Free, prefix => prefix.MaxConnections = 1);
        await using var server = new HttpServer(options, Ok);
        for (var run = 0; run < 2; run++)
        {
            await server.StartAsync();
            using var client = await server.ConnectAsync();
            Assert.Equal("ok", (await client.GetAsync("/")).Content);
            await server.StopAsync();
        }
    }

    [Fact]
    public async Task Limits_of_a_prefix_hold_for_its_connections_alone()
    {
        await using var server = await StartAsync(options =>
        {
            options.Limits.MaxHeaderSectionSize = 200;
            options.Prefixes.Add(Free, prefix => prefix.Limits = limits => limits.MaxRequestBodySize = limits.MaxHeaderSectionSize / 100);
            options.Prefixes.Add(Free);
        });
        Assert.Equal([(413, 431), (200, 431)], [await StatusesAsync(server.EndPoints[0]), await StatusesAsync(server.EndPoints[1])]);
    }

    [Theory]
    [InlineData("TinyHost:Prefixes:a:Limits:MaxRequestBodySize", "TinyHost:Prefixes:a:Limits:MaxRequestBodySize")]
    [InlineData("TinyHost:Limits:MaxRequestBodySize", "TinyHost:Limits:MaxRequestBodySize")]
    public async Task A_refusal_names_the_setting_of_the_limit(string key, string expected)
    {
        var builder = HostedServerTests.Builder(("TinyHost:Prefixes:a:Url", Free), (key, "2"));
        string? refusal = null;
        builder.Services.AddTinyHost(pipeline => pipeline.Run(async context =>
        {
            refusal = (await Assert.ThrowsAsync<RequestRejectedException>(
                () => context.Request.Body.ReadAllAsync().AsTask())).Detail;
        }));
        using var host = builder.Build();
        await host.StartAsync();
        using var client = await RawClient.ConnectAsync(host.Services.GetRequiredService<HostedServer>().EndPoints[0]);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        await client.ReadToEndAsync();
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Theory]
    [InlineData("http://127.0.0.1:0/")]
    [InlineData("http://localhost:0/")]
    [InlineData("http://+:0/")]
    public void The_queue_of_a_prefix_has_the_size_of_its_backlog(string url)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone tells the size of the queue.");
        var listeners = Binding.BindAll([new PrefixOptions { Url = url, Backlog = 7 }.Read()]);
        listeners.ForEach(listener => Assert.Equal(7, QueueSize(listener.Socket)));
        listeners.ForEach(listener => listener.Dispose());
    }

    [Fact]
    public void A_passed_socket_keeps_its_queue_unless_a_backlog_is_set()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone tells the size of the queue.");
        foreach (var backlog in new int?[] { null, 7 })
        {
            using var passed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            passed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            passed.Listen(5);
            var inherited = new InheritedSockets([new InheritedSocket(passed, "web", "systemd")]);
            var prefix = new PrefixOptions { Url = $"web={Free}", Backlog = backlog }.Read();
            Assert.Same(passed, Assert.Single(Binding.BindAll([prefix], inherited: inherited)).Socket);
            Assert.Equal(backlog ?? 5, QueueSize(passed));
        }
    }

    [Fact]
    public async Task The_configuration_has_the_limits_of_a_prefix()
    {
        ServerOptions? seen = null;
        var builder = HostedServerTests.Builder(
            ("TinyHost:Prefixes:a:Url", Free), ("TinyHost:Prefixes:a:MaxConnections", "3"), ("TinyHost:Prefixes:a:Backlog", "7"),
            ("TinyHost:Prefixes:a:Limits:IdleTimeout", "00:00:10"), ("TinyHost:Prefixes:a:Limits:MaxRequestBodySize", ""),
            ("TinyHost:Prefixes:b:Url", Free), ("TinyHost:Prefixes:b:MaxConnections", ""), ("TinyHost:Prefixes:b:Backlog", ""),
            ("TinyHost:Prefixes:b:Limits", ""));
        builder.Services.AddTinyHost(pipeline => pipeline.Run(Ok), options => seen = options);
        using var host = builder.Build();
        await host.StartAsync();
        await host.StopAsync();

        var limits = new ServerLimits();
        seen!.Prefixes[0].Limits!(limits);
        Assert.Equal((3, 7), (seen.Prefixes[0].MaxConnections, seen.Prefixes[0].Backlog));
        Assert.Equal((TimeSpan.FromSeconds(10), null), (limits.IdleTimeout, limits.MaxRequestBodySize));
        Assert.Equal((null, null, null), (seen.Prefixes[1].MaxConnections, seen.Prefixes[1].Backlog, seen.Prefixes[1].Limits));
    }

    [Theory]
    [InlineData("MaxConnections", "0", "TinyHost:Prefixes:a:MaxConnections is '0'; it must be a whole number of connections from 1 to ")]
    [InlineData("Backlog", "many", "TinyHost:Prefixes:a:Backlog is 'many'; it must be a whole number of connections from 1 to ")]
    [InlineData("Limits", "3", "TinyHost:Prefixes:a:Limits is '3'; it must be a section with settings below it, such as ")]
    [InlineData("Limits:IdleTimeout", "10s", "TinyHost:Prefixes:a:Limits:IdleTimeout is '10s'; it must be a time in seconds")]
    [InlineData("Limits:MaxConnections", "3", "unknown setting TinyHost:Prefixes:a:Limits:MaxConnections. Known settings: HeaderSection")]
    public async Task A_limit_that_cannot_be_read_fails_the_start(string key, string value, string expected)
    {
        var builder = HostedServerTests.Builder(("TinyHost:Prefixes:a:Url", Free), ($"TinyHost:Prefixes:a:{key}", value));
        builder.Services.AddTinyHost(pipeline => pipeline.Run(Ok));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<ServerStartException>(() => host.StartAsync());
        Assert.StartsWith("Cannot start: " + expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_below_1_is_refused()
    {
        var prefix = new PrefixOptions { MaxConnections = 1, Backlog = 1 };
        Assert.Throws<ArgumentOutOfRangeException>(() => prefix.MaxConnections = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => prefix.Backlog = -1);
        Assert.Equal((1, 1), (prefix.MaxConnections, prefix.Backlog));
    }

    [Fact]
    public async Task A_prefix_cannot_change_the_limits_of_the_whole_server()
    {
        (string Name, Action<ServerLimits> Change)[] changes =
        [
            ("MaxConnections", limits => limits.MaxConnections = 5),
            ("MaxConnectionsPerListener", limits => limits.MaxConnectionsPerListener = 5),
            ("ReservedConnections", limits => limits.ReservedConnections = 5),
            ("MaxBlockedThreads", limits => limits.MaxBlockedThreads = 5),
            ("StreamGrace", limits => limits.StreamGrace = TimeSpan.FromSeconds(6)),
        ];
        foreach (var (name, change) in changes)
        {
            var error = await Assert.ThrowsAsync<ServerStartException>(
                () => StartAsync(options => options.Prefixes.Add(Free, prefix => prefix.Limits = change)));
            Assert.Equal($"Cannot start: the Limits of {Free} change {name}, which is a limit of the whole server.", error.Message);
        }
    }

    [Fact]
    public async Task Prefixes_that_share_a_socket_need_the_same_limits()
    {
        Action<PrefixOptions>[] settings =
        [
            prefix => prefix.MaxConnections = 5,
            prefix => prefix.Backlog = 5,
            prefix => prefix.Limits = limits => limits.IdleTimeout = TimeSpan.FromSeconds(5),
        ];
        foreach (var set in settings)
        {
            var port = FreePort.Next();
            var error = await Assert.ThrowsAsync<ServerStartException>(() => StartSharedAsync(port, set, _ => { }));
            Assert.Equal(
                $"Cannot start: the prefixes http://127.0.0.1:{port}/a/ and http://127.0.0.1:{port}/b/ share a socket, so both need the "
                + "same MaxConnections, Backlog and Limits.",
                error.Message);
            await using var server = await StartSharedAsync(port, set, set);
        }
    }

    private static Task<HttpServer> StartSharedAsync(int port, Action<PrefixOptions> one, Action<PrefixOptions> other) =>
        StartAsync(options =>
        {
            options.Prefixes.Add($"http://127.0.0.1:{port}/a/", one);
            options.Prefixes.Add($"http://127.0.0.1:{port}/b/", other);
        });

    private static Task<HttpServer> StartAsync(Action<ServerOptions> configure) => TestServer.StartAsync(Ok, configure);

    private static async Task Ok(RequestContext context)
    {
        await context.Request.Body.ReadAllAsync();
        await context.Response.WriteTextAsync("ok");
    }

    // Of a request with three bytes of content, and of one with a large header section.
    private static async Task<(int Content, int Head)> StatusesAsync(IPEndPoint endPoint)
    {
        using var content = await RawClient.ConnectAsync(endPoint);
        await content.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        using var head = await RawClient.ConnectAsync(endPoint);
        await head.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('x', 200)}\r\n\r\n");
        return ((await content.ReadResponseAsync()).Status, (await head.ReadResponseAsync()).Status);
    }

    // tcpi_sacked of TCP_INFO: of a listening socket, the size of its queue (tcp(7), tcp_get_info).
    private static int QueueSize(Socket listening)
    {
        const int Tcp = 6;
        const int TcpInfo = 11;
        const int SackedOffset = 28;
        var info = new byte[104];
        listening.GetRawSocketOption(Tcp, TcpInfo, info);
        return BinaryPrimitives.ReadInt32LittleEndian(info.AsSpan(SackedOffset));
    }
}
