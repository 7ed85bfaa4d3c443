using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class AcceptLoopTests
{
    private readonly RecordingLogger _log = new();
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(SocketError.TooManyOpenSockets)]
    [InlineData(SocketError.NoBufferSpaceAvailable)]
    [InlineData(SocketError.AccessDenied)]
    [InlineData(SocketError.NetworkDown)]
    public async Task After_a_shortage_the_loop_pauses_and_continues(SocketError error)
    {
        var accepted = new TaskCompletionSource<Socket>();
        var failures = 9;
        var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var loop = new AcceptLoop(
            [listener], _time, new ObserverGuard(_log), (socket, _) => accepted.SetResult(socket), (listening, stopping) =>
            failures-- > 0 ? throw new SocketException((int)error) : listening.AcceptAsync(stopping));
        loop.Start();
        using var client = await RawClient.ConnectAsync(listener.EndPoint);
        while (!accepted.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(5));
            await Task.Yield();
        }

        (await accepted.Task).Dispose();
        await loop.StopAsync();
        var warnings = _log.Entries.Where(entry => entry.Level == LogLevel.Warning);
        var delays = warnings.Select(entry => entry.Message.Split("again in ")[1]).ToList();
        Assert.Equal(["5 ms.", "10 ms.", "20 ms.", "40 ms.", "80 ms.", "160 ms.", "320 ms.", "640 ms.", "1000 ms."], delays);
    }

    [Theory]
    [InlineData(SocketError.ConnectionAborted)]
    [InlineData(SocketError.ConnectionReset)]
    [InlineData(SocketError.Interrupted)]
    [InlineData(SocketError.NotConnected)]
    [InlineData((SocketError)64)]
    public async Task A_connection_that_has_vanished_causes_no_pause(SocketError error)
    {
        var accepted = new TaskCompletionSource<Socket>();
        var failures = 3;
        var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var loop = new AcceptLoop(
            [listener], _time, new ObserverGuard(_log), (socket, _) => accepted.SetResult(socket), (listening, stopping) =>
            failures-- > 0 ? throw new SocketException((int)error) : listening.AcceptAsync(stopping));
        loop.Start();
        using var client = await RawClient.ConnectAsync(listener.EndPoint);
        (await accepted.Task.WaitAsync(TestTimeout.Long)).Dispose();
        await loop.StopAsync();
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_pause()
    {
        var listener = Binding.BindAll([Prefix.Parse($"http://127.0.0.1:{FreePort.Next()}/")]).Single();
        using var loop = new AcceptLoop(
            [listener], _time, new ObserverGuard(_log), (_, _) => { },
            (_, _) => throw new SocketException((int)SocketError.TooManyOpenSockets));
        loop.Start();
        await loop.StopAsync().WaitAsync(TestTimeout.Long);
        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(listener.EndPoint));
    }

    [Fact]
    public async Task Other_listeners_accept_while_one_pauses()
    {
        var listeners = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/"), Prefix.Parse("http://127.0.0.1:0/")]);
        var accepted = new SemaphoreSlim(0);
        var works = false;
        using var loop = new AcceptLoop(
            listeners,
            _time,
            new ObserverGuard(_log),
            (socket, _) =>
            {
                socket.Dispose();
                accepted.Release();
            },
            (listening, stopping) => !works && listening == listeners[0].Socket
                ? throw new SocketException((int)SocketError.TooManyOpenSockets)
                : listening.AcceptAsync(stopping));
        loop.Start();
        for (var i = 0; i < 3; i++)
        {
            // The clock does not advance, so the first listener stays paused.
            using var other = await RawClient.ConnectAsync(listeners[1].EndPoint);
            Assert.True(await accepted.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken));
        }

        Assert.Single(_log.Entries, entry => entry.Message.Contains($"{listeners[0].EndPoint}", StringComparison.Ordinal));
        works = true;
        using var client = await RawClient.ConnectAsync(listeners[0].EndPoint);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.True(await accepted.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken));
        await loop.StopAsync();
    }

    [Fact]
    public async Task Each_listener_has_its_own_delays()
    {
        var listeners = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/"), Prefix.Parse("http://127.0.0.1:0/")]);
        using var loop = new AcceptLoop(
            listeners, _time, new ObserverGuard(_log), (_, _) => { },
            (_, _) => throw new SocketException((int)SocketError.TooManyOpenSockets));
        loop.Start();
        for (var i = 0; i < 3; i++)
        {
            await Until.TrueAsync(() => _time.TimerCount == 2);
            _time.Advance(TimeSpan.FromMilliseconds(5 << i));
        }

        await Until.TrueAsync(() => _time.TimerCount == 2);
        await loop.StopAsync().WaitAsync(TestTimeout.Long);
        foreach (var listener in listeners)
        {
            var ofListener = _log.Entries.Where(entry => entry.Message.Contains($"{listener.EndPoint}", StringComparison.Ordinal));
            Assert.Equal(["5 ms.", "10 ms.", "20 ms.", "40 ms."], ofListener.Select(entry => entry.Message.Split("again in ")[1]));
        }
    }

    [Fact]
    public async Task After_an_asynchronous_failure_the_loop_pauses_and_continues()
    {
        var accepted = new TaskCompletionSource<Socket>();
        var failures = 1;
        var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var loop = new AcceptLoop(
            [listener], _time, new ObserverGuard(_log), (socket, _) => accepted.SetResult(socket), (listening, stopping) =>
            failures-- > 0
                ? ValueTask.FromException<Socket>(new SocketException((int)SocketError.NoBufferSpaceAvailable))
                : listening.AcceptAsync(stopping));
        loop.Start();
        using var client = await RawClient.ConnectAsync(listener.EndPoint);
        await Until.TrueAsync(() => _time.TimerCount == 1);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        (await accepted.Task.WaitAsync(TestTimeout.Long)).Dispose();
        await loop.StopAsync();
        Assert.Single(_log.Entries);
    }

    [Fact]
    public async Task A_stop_accepts_the_connections_that_wait_in_the_queue_of_a_listener_and_serves_them_once_it_is_closed()
    {
        var ports = new System.Collections.Concurrent.ConcurrentBag<int>();
        var isClosed = true;
        var listener = Binding.BindAll([Prefix.Parse($"http://127.0.0.1:{FreePort.Next()}/")]).Single();
        using var loop = new AcceptLoop(
            [listener],
            _time,
            new ObserverGuard(_log),
            (socket, _) =>
            {
                ports.Add(((System.Net.IPEndPoint)socket.RemoteEndPoint!).Port);
                // Its client would be served, connect again, and be reset.
                isClosed &= listener.Socket.SafeHandle.IsClosed;
                socket.Dispose();
            },
            async (_, stopping) =>
            {
                // Accepts nothing, as if the loop had not come to it yet.
                await Task.Delay(Timeout.Infinite, stopping);
                throw new InvalidOperationException("The delay has no end.");
            });
        loop.Start();
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawClient.ConnectAsync(listener.EndPoint)));
        await loop.StopAsync().WaitAsync(TestTimeout.Long);
        Assert.Equal(
            clients.Select(client => ((System.Net.IPEndPoint)client.Socket.LocalEndPoint!).Port).Order(), ports.Order());
        Assert.True(isClosed);
        await Assert.ThrowsAsync<SocketException>(() => RawClient.ConnectAsync(listener.EndPoint));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task A_listener_that_refuses_new_connections_still_accepts_those_in_its_queue()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux can drop requests to connect before it closes the port.");
        using var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var early = await RawClient.ConnectAsync(listener.EndPoint);
        ListenerClosing.RefuseNew(listener.Socket);
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        var connecting = Assert.Throws<SocketException>(() => late.Connect(listener.EndPoint));
        Assert.Equal(SocketError.WouldBlock, connecting.SocketErrorCode);
        using var taken = Assert.Single(ListenerClosing.TakeWaiting(listener.Socket));
        Assert.Equal(early.Socket.LocalEndPoint, taken.RemoteEndPoint);
        Assert.False(late.Poll(0, SelectMode.SelectWrite));
        await early.SendAsync("x");
        Assert.Equal(1, taken.Receive(new byte[8]));
    }

    [Fact]
    public async Task Every_listener_accepts()
    {
        var ports = new System.Collections.Concurrent.ConcurrentBag<int>();
        var listeners = Binding.BindAll([.. Enumerable.Range(0, 5).Select(_ => Prefix.Parse("http://127.0.0.1:0/"))]);
        using var both = new CountdownEvent(50);
        using var loop = new AcceptLoop(listeners, _time, new ObserverGuard(_log), (socket, listener) =>
        {
            Assert.Equal(listener.EndPoint, socket.LocalEndPoint);
            ports.Add(listener.EndPoint.Port);
            socket.Dispose();
            both.Signal();
        });
        loop.Start();
        var clients = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => RawClient.ConnectAsync(listeners[i % 5].EndPoint)));
        Assert.True(both.Wait(TestTimeout.Long));
        await loop.StopAsync();
        Assert.All(listeners, listener => Assert.Equal(10, ports.Count(port => port == listener.EndPoint.Port)));
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task One_loop_accepts_for_all_listeners()
    {
        var listeners = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/"), Prefix.Parse("http://127.0.0.1:0/")]);
        var (inside, most) = (0, 0);
        var accepted = new SemaphoreSlim(0);
        using var loop = new AcceptLoop(listeners, _time, new ObserverGuard(_log), (socket, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            Thread.Yield();
            Interlocked.Decrement(ref inside);
            socket.Dispose();
            accepted.Release();
        });
        loop.Start();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var client = await RawClient.ConnectAsync(listeners[i % 2].EndPoint);
            Assert.True(await accepted.WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken));
        }));
        await loop.StopAsync();
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_client_that_connects_before_the_loop_starts_is_accepted()
    {
        var accepted = new TaskCompletionSource<Socket>();
        var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var client = await RawClient.ConnectAsync(listener.EndPoint);
        using var loop = new AcceptLoop([listener], _time, new ObserverGuard(_log), (socket, _) => accepted.SetResult(socket));
        loop.Start();
        (await accepted.Task.WaitAsync(TestTimeout.Long)).Dispose();
        await loop.StopAsync();
    }

    [Fact]
    public async Task A_connection_that_cannot_be_admitted_is_closed_and_the_next_is_served()
    {
        var accepted = new TaskCompletionSource<Socket>();
        var failures = 3;
        var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var loop = new AcceptLoop([listener], _time, new ObserverGuard(_log), (socket, _) =>
        {
            if (failures-- > 0)
            {
                throw new InvalidOperationException("No room.");
            }

            accepted.SetResult(socket);
        });
        loop.Start();
        for (var i = 0; i < 3; i++)
        {
            using var turnedAway = await RawClient.ConnectAsync(listener.EndPoint);
            Assert.Equal("", await turnedAway.ReadToEndAsync());
        }

        using var client = await RawClient.ConnectAsync(listener.EndPoint);
        (await accepted.Task.WaitAsync(TestTimeout.Long)).Dispose();
        await loop.StopAsync();
        Assert.Equal("No room.", Assert.Single(_log.Entries).Exception!.Message);
    }

    [Fact]
    public async Task After_an_unexpected_failure_the_loop_pauses_and_continues()
    {
        var accepted = new TaskCompletionSource<Socket>();
        var failures = 1;
        var listener = Binding.BindAll([Prefix.Parse("http://127.0.0.1:0/")]).Single();
        using var loop = new AcceptLoop(
            [listener], _time, new ObserverGuard(_log), (socket, _) => accepted.SetResult(socket), (listening, stopping) =>
            failures-- > 0 ? throw new NotSupportedException() : listening.AcceptAsync(stopping));
        loop.Start();
        using var client = await RawClient.ConnectAsync(listener.EndPoint);
        await Until.TrueAsync(() => _time.TimerCount == 1);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        (await accepted.Task.WaitAsync(TestTimeout.Long)).Dispose();
        await loop.StopAsync();
    }
}
