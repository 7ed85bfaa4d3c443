using System.Net;
using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SocketTransportTests
{
    private static async Task<(Socket Peer, SocketTransport Transport)> PairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await peer.ConnectAsync(listener.LocalEndPoint!);
        return (peer, new SocketTransport(await listener.AcceptAsync()));
    }

    [Fact]
    public async Task A_result_that_nobody_takes_does_not_disturb_the_next_operation()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var buffer = new byte[8];
        for (var i = 0; i < 3; i++)
        {
            var pending = transport.ReceiveAsync(buffer);
            Assert.False(pending.IsCompleted);
            await peer.SendAsync(new byte[] { 1 });
            await Until.TrueAsync(() => pending.IsCompleted);
        }
    }

    [Fact]
    public async Task Waiting_ends_when_octets_arrive_and_takes_none()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var waiting = transport.WaitToReceiveAsync();
        Assert.False(waiting.IsCompleted);
        await peer.SendAsync(new byte[] { 1, 2 });
        await waiting;
        await transport.WaitToReceiveAsync();
        Assert.Equal(2, await transport.ReceiveAsync(new byte[8]));
        peer.Shutdown(SocketShutdown.Send);
        await transport.WaitToReceiveAsync();
        Assert.Equal(0, await transport.ReceiveAsync(new byte[8]));
    }

    [Fact]
    public async Task Stopping_to_receive_ends_a_pending_receive_and_leaves_sending()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there, stopping to receive closes");
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var pending = transport.ReceiveAsync(new byte[8]);
        transport.StopReceiving();
        Assert.Equal(0, await pending);
        await transport.SendAsync(new byte[] { 7 });
        var received = new byte[2];
        Assert.Equal(1, await peer.ReceiveAsync(received));
    }

    [Fact]
    public async Task Aborting_resets_the_peer_and_ends_what_is_pending()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        var pending = transport.ReceiveAsync(new byte[8]);
        transport.Abort();
        await Assert.ThrowsAsync<PeerGoneException>(async () => await pending);
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.SendAsync(new byte[1]));
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.WaitToReceiveAsync());
        var e = await Assert.ThrowsAsync<SocketException>(async () => await peer.ReceiveAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        Assert.True(transport.PeerGone);
        transport.Dispose();
    }

    [Fact]
    public async Task A_reset_by_the_peer_is_seen_without_an_operation()
    {
        var (peer, transport) = await PairAsync();
        using var ownedTransport = transport;
        Assert.False(transport.PeerGone);
        peer.Close(0);
        await Until.TrueAsync(() => transport.PeerGone);
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task An_urgent_octet_is_no_reset()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        peer.Send([1], SocketFlags.OutOfBand);
        peer.Send([2]);
        await transport.WaitToReceiveAsync();

        Assert.False(transport.PeerGone);
        Assert.Equal(1, await transport.ReceiveAsync(new byte[10]));
    }
}
