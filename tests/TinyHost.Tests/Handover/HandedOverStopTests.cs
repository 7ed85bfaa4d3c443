// Owns: tests of a stop after a handover: what waits in the queue, persistent connections, and how long they have.

using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class HandedOverStopTests
{
    private readonly ManualTime _time = new();
    private readonly InheritedSockets _sockets = new([]);

    [Fact]
    public async Task Peers_can_connect_while_the_old_server_stops()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        await using var server = await StartAsync();
        // What the new process has.
        using var passed = await PassAsync(server);
        using var idle = await server.ConnectAsync();
        await idle.GetAsync("/");
        var stopping = HandOverAndStop(server);
        await Until.TrueAsync(() => _sockets.Kept.Open.All(listener => listener.Socket.SafeHandle.IsClosed));
        using var waiting = await RawClient.ConnectAsync((System.Net.IPEndPoint)passed.LocalEndPoint!);
        using var accepted = await passed.AcceptAsync(TestContext.Current.CancellationToken);
        Assert.Equal(waiting.Socket.LocalEndPoint, accepted.RemoteEndPoint);
        Assert.False(stopping.IsCompleted);
        idle.Dispose();
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_persistent_connection_stays_open_for_one_more_response()
    {
        await using var server = await StartAsync();
        using var client = await server.ConnectAsync();
        Assert.Empty((await client.GetAsync("/")).Fields["Connection"]);
        var stopping = HandOverAndStop(server);
        Assert.Equal(["close"], (await client.GetAsync("/")).Fields["Connection"]);
        Assert.Equal("", await client.ReadToEndAsync());
        client.Dispose();
        // Nothing is open any more, so there is nothing to wait for.
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(3, 5)]
    [InlineData(20, 20)]
    public async Task Idle_connections_are_closed_after_DrainDelay_or_five_seconds(int drainDelay, int expected)
    {
        await using var server = await StartAsync(options => options.DrainDelay = TimeSpan.FromSeconds(drainDelay));
        using var client = await server.ConnectAsync();
        await client.GetAsync("/");
        var timers = _time.TimerCount;
        var stopping = HandOverAndStop(server);
        await Until.TrueAsync(() => _time.TimerCount > timers);
        _time.Advance(TimeSpan.FromSeconds(expected) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, client.Socket.Available);
        Assert.False(client.Socket.Poll(0, SelectMode.SelectRead));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("", await client.ReadToEndAsync());
        await stopping.WaitAsync(TestTimeout.Long);
    }

    [Fact]
    public async Task A_second_request_to_stop_ends_the_wait()
    {
        await using var server = await StartAsync();
        using var client = await server.ConnectAsync();
        await client.GetAsync("/");
        var timers = _time.TimerCount;
        var stopping = HandOverAndStop(server);
        await Until.TrueAsync(() => _time.TimerCount > timers);
        await server.StopAsync().WaitAsync(TestTimeout.Long);
        await stopping.WaitAsync(TestTimeout.Long);
        Assert.Equal("", await client.ReadToEndAsync());
    }

    private Task HandOverAndStop(HttpServer server)
    {
        foreach (var listener in _sockets.Kept.Open)
        {
            listener.IsShared = true;
        }

        _sockets.Kept.IsHandedOver = true;
        return server.StopAsync();
    }

    private async Task<Socket> PassAsync(HttpServer server)
    {
        using var pair = await UnixPair.CreateAsync();
        DescriptorMessage.Send(pair.One, "x"u8, _sockets.Kept.Open.Single(l => l.EndPoint.Equals(server.EndPoints[0])).Socket.SafeHandle);
        var descriptors = new Queue<SafeSocketHandle>();
        Assert.Equal(1, DescriptorMessage.Receive(pair.Other, new byte[1], descriptors));
        return new Socket(descriptors.Single());
    }

    private Task<HttpServer> StartAsync(Action<ServerOptions>? configure = null) => TestServer.StartAsync(
        context => context.Response.WriteTextAsync("hello"),
        options =>
        {
            options.TimeProvider = _time;
            options.Inherited = () => _sockets;
            configure?.Invoke(options);
        });
}
