// Owns: tests of sockets that a process is given: which prefixes they serve, and what is left of them.

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class InheritedSocketsTests : IDisposable
{
    private readonly List<Socket> _sockets = [];

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    [Theory]
    [InlineData("http://127.0.0.1:PORT/")]
    [InlineData("http://localhost:PORT/")]
    [InlineData("http://+:PORT/")]
    [InlineData("http://*:PORT/base/")]
    [InlineData("http://[::]:PORT/")]
    [InlineData("web=http://127.0.0.1:1/")]
    [InlineData("WEB=http://+:0/")]
    public void A_prefix_is_served_at_the_socket_of_its_name_or_else_of_its_port(string prefix)
    {
        var passed = Passed(Listen(IPAddress.Loopback), "web");
        var listener = Assert.Single(Bind([passed], For(prefix, passed)));
        Assert.Same(passed.Socket, listener.Socket);
        var basePath = prefix.Contains("base", StringComparison.Ordinal) ? "/base" : null;
        Assert.Equal(basePath is null ? [] : [basePath], listener.BasePathsAt(IPAddress.Loopback));
    }

    [Theory]
    [InlineData("http://127.0.0.1:0/")]
    [InlineData("http://+:0/")]
    [InlineData("other=http://127.0.0.1:0/")]
    [InlineData("http://127.0.0.2:PORT/")]
    public void A_prefix_without_a_socket_is_bound(string prefix)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux's loopback addresses");
        var passed = Passed(Listen(IPAddress.Loopback), "web");
        using var listener = Assert.Single(Bind([passed], For(prefix, passed)));
        Assert.NotSame(passed.Socket, listener.Socket);
        Assert.False(passed.IsTaken);
    }

    [Fact]
    public void A_socket_with_the_name_of_a_prefix_goes_before_those_with_its_port()
    {
        var (byPort, byName) = (Passed(Listen(IPAddress.Loopback), "x"), Passed(Listen(IPAddress.Loopback), "web"));
        Assert.Same(byName.Socket, Assert.Single(Bind([byPort, byName], For("web=http://127.0.0.1:PORT/", byPort))).Socket);
        Assert.False(byPort.IsTaken);
    }

    [Fact]
    public void Several_sockets_of_one_name_or_port_serve_a_prefix_together()
    {
        var (first, second) = (Passed(Listen(IPAddress.Loopback), "web"), Passed(Listen(IPAddress.Loopback), "web"));
        Assert.Equal([first.Socket, second.Socket], Bind([first, second], "web=http://+:1/").Select(listener => listener.Socket));
    }

    [Fact]
    public void Prefixes_of_one_port_share_a_socket()
    {
        var passed = Passed(Listen(IPAddress.Loopback));
        using var listener = Assert.Single(
            Bind([passed], For("http://+:PORT/a/", passed), For("http://127.0.0.1:PORT/b/", passed)));
        Assert.Equal(["/a", "/b"], listener.BasePathsAt(IPAddress.Loopback).Order());
    }

    [Fact]
    public void A_narrower_prefix_is_served_at_its_own_address_of_a_wider_socket()
    {
        var passed = Passed(Listen(IPAddress.Any));
        using var listener = Assert.Single(Bind([passed], For("http://127.0.0.1:PORT/base/", passed)));
        Assert.Equal(["/base"], listener.BasePathsAt(IPAddress.Loopback));
        Assert.Empty(listener.BasePathsAt(IPAddress.Parse("127.0.0.2")));
    }

    [Fact]
    public void A_Unix_socket_is_found_by_its_path_and_its_file_stays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("a.sock");
        var passed = Passed(ListenAt(path));
        var listener = Assert.Single(Bind([passed], $"http://unix:{path}:/base"));
        Assert.Same(passed.Socket, listener.Socket);
        Assert.Equal(["/base"], listener.BasePathsAt(listener.EndPoint.Address));
        listener.RefuseNew();
        listener.Dispose();
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task A_server_that_stops_leaves_the_socket_open_for_its_next_start()
    {
        var passed = Passed(Listen(IPAddress.Loopback), "web");
        var log = new RecordingLogger();
        var inherited = new InheritedSockets([passed]);
        await using var server = await TestServer.StartAsync(
            context => context.Response.WriteTextAsync("ok"),
            options =>
            {
                options.LoggerFactory = log;
                options.Inherited = () => inherited;
                options.Prefixes.Add(For("http://+:PORT/", passed));
            });
        Assert.Contains(
            log.Entries, entry => entry.Message == $"Listening on http://{passed.EndPoint}/, a socket that systemd passed as 'web'");
        Assert.Equal("ok", await GetAsync(passed.EndPoint!));
        await server.StopAsync();
        Assert.False(passed.IsTaken);
        using var waiting = await RawClient.ConnectAsync(passed.EndPoint!);
        await server.StartAsync();
        Assert.Equal("ok", (await waiting.GetAsync("/")).Content);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public void A_start_that_fails_leaves_the_sockets_for_the_next()
    {
        var passed = Passed(Listen(IPAddress.Loopback));
        using var taken = Listen(IPAddress.Loopback);
        Assert.Throws<ServerStartException>(() => Bind(
            [passed], For("http://127.0.0.1:PORT/", passed), $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}/"));
        Assert.False(passed.IsTaken);
        Assert.Single(Bind([passed], For("http://127.0.0.1:PORT/", passed)));
    }

    [Fact]
    public void Two_servers_do_not_get_the_same_socket()
    {
        var passed = Passed(Listen(IPAddress.Loopback), "web");
        Assert.Single(Bind([passed], "web=http://127.0.0.1:0/"));
        using var second = Assert.Single(Bind([passed], "web=http://127.0.0.1:0/"));
        Assert.NotSame(passed.Socket, second.Socket);
    }

    [Fact]
    public async Task A_socket_that_no_prefix_wants_is_reported_once_all_servers_have_started()
    {
        using var datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        datagrams.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var unwanted = Passed(Listen(IPAddress.Loopback), "admin");
        var inherited = new InheritedSockets([unwanted, Passed(datagrams, "dns")], "Something is wrong.");
        foreach (var isLast in new[] { false, true })
        {
            var log = new RecordingLogger();
            await using var server = await TestServer.StartAsync(_ => Task.CompletedTask, options =>
            {
                options.LoggerFactory = log;
                options.Inherited = () => inherited;
                options.ReportsUnwantedSockets = isLast;
            });
            Assert.Equal(
                isLast
                    ?
                    [
                        "Something is wrong.",
                        $"No prefix wants a socket that systemd passed, {unwanted.EndPoint} named 'admin': its connections are not "
                        + $"accepted. Add the prefix http://{unwanted.EndPoint}/, or give one the name of the socket (TinyHost:Prefixes).",
                        "Ignoring a descriptor that systemd passed as 'dns': it is not a listening stream socket (Accept=no, "
                        + "ListenStream=).",
                    ]
                    : [],
                log.Entries.Where(entry => entry.Level == LogLevel.Warning).Select(entry => entry.Message));
        }
    }

    private static InheritedSocket Passed(Socket socket, string? name = null) => new(socket, name, "systemd");

    private static List<Listener> Bind(InheritedSocket[] passed, params string[] prefixes) =>
        Binding.BindAll(Array.ConvertAll(prefixes, Prefix.Parse), inherited: new InheritedSockets(passed));

    private static string For(string prefix, InheritedSocket passed) =>
        prefix.Replace("PORT", $"{passed.EndPoint!.Port}", StringComparison.Ordinal);

    private static async Task<string> GetAsync(IPEndPoint endPoint)
    {
        using var client = await RawClient.ConnectAsync(endPoint);
        return (await client.GetAsync("/")).Content;
    }

    private Socket Listen(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen();
        return socket;
    }

    private Socket ListenAt(string path)
    {
        var socket = UnixListenAddress.Bind(path);
        _sockets.Add(socket);
        socket.Listen();
        return socket;
    }
}
