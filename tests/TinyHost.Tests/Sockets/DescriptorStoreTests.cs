// Owns: tests of storing listening sockets with systemd, and of going on with stored ones.

using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class DescriptorStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLogger _log = new();
    private readonly Socket _manager;
    private readonly Queue<SafeSocketHandle> _stored = new();

    public DescriptorStoreTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        _manager.Bind(new UnixDomainSocketEndPoint(NotifySocket));
    }

    private string NotifySocket => _folder.PathOf("notify");

    public void Dispose()
    {
        _manager.Dispose();
        foreach (var descriptor in _stored)
        {
            descriptor.Dispose();
        }

        _folder.Dispose();
    }

    [Theory]
    [InlineData("/run/notify", "1", true)]
    [InlineData("@notify", "8", true)]
    [InlineData("/run/notify", null, false)]
    [InlineData("/run/notify", "0", false)]
    [InlineData("/run/notify", "many", false)]
    [InlineData(null, "1", false)]
    [InlineData("", "1", false)]
    public void There_is_a_store_if_the_unit_has_room(string? notifySocket, string? room, bool expected) =>
        Assert.Equal(expected, DescriptorStore.Find(name => name == "NOTIFY_SOCKET" ? notifySocket : room) is not null);

    [Fact]
    public void A_stored_descriptor_that_does_not_listen_is_not_taken_for_a_listening_socket()
    {
        using var idle = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Null(DescriptorStore.Read("tinyhost+127.0.0.1_80", idle));
        idle.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        idle.Listen();
        Assert.NotNull(DescriptorStore.Read("tinyhost+127.0.0.1_80", idle));
        Assert.Null(DescriptorStore.Read("app", idle));
    }

    [Fact]
    public async Task A_server_stores_its_sockets_and_the_next_one_in_the_process_goes_on_with_them()
    {
        var sockets = Sockets();
        var server = await StartAsync(sockets, "http://127.0.0.1:0/");
        var endPoint = server.EndPoints[0];
        Assert.Equal($"FDSTORE=1\nFDNAME=tinyhost+127.0.0.1_{endPoint.Port}", Receive());
        Assert.Single(_stored);
        await server.DisposeAsync();
        // Waits in the queue.
        using var client = await RawClient.ConnectAsync(endPoint);
        var answer = client.GetAsync("/");
        await using var next = await StartAsync(sockets, $"http://{endPoint}/");
        Assert.Equal("hello", (await answer).Content);
        Assert.Contains(_log.Entries, entry =>
            entry.Message == $"Listening on http://{endPoint}/, a socket that systemd's descriptor store passed");
        Assert.Equal(0, _manager.Available);
    }

    [Fact]
    public async Task The_next_process_goes_on_with_stored_sockets()
    {
        await using (await StartAsync(Sockets(), "http://127.0.0.1:0/"))
        {
        }

        var (sockets, kept) = NextProcess(Receive());
        using var client = await RawClient.ConnectAsync(kept.EndPoint);
        var answer = client.GetAsync("/");
        await using var next = await StartAsync(sockets, $"http://{kept.EndPoint}/");
        Assert.Equal("hello", (await answer).Content);
        Assert.Equal(0, _manager.Available);
    }

    [Fact]
    public async Task A_named_prefix_with_port_0_keeps_its_port()
    {
        await using (await StartAsync(Sockets(), "web=http://127.0.0.1:0/"))
        {
        }

        var message = Receive();
        Assert.EndsWith("=web", message, StringComparison.Ordinal);
        var (sockets, kept) = NextProcess(message);
        await using var next = await StartAsync(sockets, "web=http://127.0.0.1:0/");
        Assert.Equal([kept.EndPoint], next.EndPoints);
    }

    [Fact]
    public async Task A_Unix_socket_keeps_its_file()
    {
        var path = _folder.PathOf("ä = b");
        await using (await StartAsync(Sockets(), $"http://unix:{path}"))
        {
        }

        var message = Receive();
        Assert.DoesNotContain('=', message.Split("FDNAME=")[1]);
        Assert.True(File.Exists(path));
        var (sockets, _) = NextProcess(message);
        await using var next = await StartAsync(sockets, $"http://unix:{path}");
        Assert.Equal("hello", await HandoverHost.AskAsync(next.EndPoints[0]));
    }

    [Fact]
    public async Task A_socket_that_no_prefix_wants_is_removed_from_the_store()
    {
        await using (await StartAsync(Sockets(), "http://127.0.0.1:0/"))
        {
        }

        var message = Receive();
        var (sockets, kept) = NextProcess(message);
        await using var next = await StartAsync(sockets, "http://127.0.0.1:0/");
        Assert.Equal(message.Replace("FDSTORE", "FDSTOREREMOVE", StringComparison.Ordinal), Receive());
        Assert.StartsWith("FDSTORE=1\nFDNAME=tinyhost+127.0.0.1_", Receive(), StringComparison.Ordinal);
        Assert.True(kept.Socket.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task Sockets_of_a_socket_unit_are_not_stored()
    {
        using var passed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        passed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        passed.Listen();
        var sockets = new InheritedSockets([new InheritedSocket(passed, null, "systemd")]) { Kept = new KeptSockets(Store()) };
        await using var server = await StartAsync(sockets, $"http://{passed.LocalEndPoint}/");
        Assert.Equal(0, _manager.Available);
    }

    [Fact]
    public async Task Too_little_room_is_reported()
    {
        await using var server = await StartAsync(Sockets(room: 1), "http://127.0.0.1:0/;http://127.0.0.1:0/other/");
        Assert.Contains(
            (LogLevel.Warning,
                "systemd stores 1 descriptors for this service, and it has 2 listening sockets: a restart may lose connections. Raise "
                + "FileDescriptorStoreMax in the unit.",
                null),
            _log.Entries);
    }

    [Fact]
    public async Task A_manager_that_does_not_answer_is_reported()
    {
        _manager.Dispose();
        var server = await StartAsync(Sockets(), $"http://127.0.0.1:{FreePort.Next()}/");
        var endPoint = server.EndPoints[0];
        Assert.Contains(_log.Entries, entry => entry.Level == LogLevel.Warning
            && entry.Message.StartsWith("Cannot store listening sockets with systemd (NOTIFY_SOCKET): ", StringComparison.Ordinal));
        Assert.Equal("hello", await HandoverHost.AskAsync(endPoint));
        await server.DisposeAsync();
        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(endPoint));
    }

    private DescriptorStore Store(int room = 8) => new(NotifySocket, room);

    private InheritedSockets Sockets(int room = 8) => new([]) { Kept = new KeptSockets(Store(room)) };

    /// <summary>What the manager is told.</summary>
    private string Receive()
    {
        var data = new byte[1_024];
        var count = DescriptorMessage.Receive(_manager, data, _stored);
        Assert.True(count > 0, "The manager was told nothing.");
        return Encoding.ASCII.GetString(data, 0, count);
    }

    /// <summary>The next process gets what was stored with this message.</summary>
    private (InheritedSockets Sockets, KeptSocket Kept) NextProcess(string message)
    {
        var kept = DescriptorStore.Read(message.Split("FDNAME=")[1], new Socket(_stored.Dequeue()))!;
        var sockets = Sockets();
        sockets.Kept.Add(kept);
        return (sockets, kept);
    }

    private Task<HttpServer> StartAsync(InheritedSockets sockets, string prefixes) => TestServer.StartAsync(
        context => context.Response.WriteTextAsync("hello"),
        options =>
        {
            options.LoggerFactory = _log;
            options.Inherited = () => sockets;
            foreach (var prefix in prefixes.Split(';'))
            {
                options.Prefixes.Add(prefix);
            }
        });
}
