using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SocketTransportTests
{
    private static async Task<(Socket Peer, SocketTransport Transport)> PairAsync()
    {
        var (peer, accepted) = await RawClient.PairAsync();
        return (peer.Socket, new SocketTransport(accepted));
    }

    private static async ValueTask<int> WaitAsync(SocketTransport transport)
    {
        await transport.WaitToReceiveAsync();
        return 0;
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
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var pending = transport.ReceiveAsync(new byte[8]);
        transport.StopReceiving();
        Assert.Equal(0, await pending);
        await peer.SendAsync(new byte[] { 1 });
        Assert.Equal(0, await transport.ReceiveAsync(new byte[8]));
        await transport.WaitToReceiveAsync();
        await transport.SendAsync(new byte[] { 7 });
        var received = new byte[2];
        Assert.Equal(1, await peer.ReceiveAsync(received));
    }

    [Fact]
    public async Task Receiving_goes_on_where_it_was_stopped_and_loses_nothing()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var abandoned = new byte[8];
        for (byte i = 1; i <= 100; i++)
        {
            var pending = i % 3 == 0 ? WaitAsync(transport) : transport.ReceiveAsync(abandoned);
            transport.StopReceiving();
            Assert.Equal(0, await pending);
            transport.ResumeReceiving();

            var before = i % 2 == 0;
            if (before)
            {
                await peer.SendAsync(new[] { i });
            }

            var received = new byte[8];
            var next = transport.ReceiveAsync(received);
            if (!before)
            {
                await peer.SendAsync(new[] { i });
            }

            Assert.Equal(1, await next);
            Assert.Equal(i, received[0]);
        }

        // Memory that a receive was given is its owner's again once the receive has ended.
        Assert.Equal(new byte[8], abandoned);
    }

    [Fact]
    public async Task Stopping_races_with_octets_and_each_receive_ends_once()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var expected = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var buffer = new byte[64];
            var pending = transport.ReceiveAsync(buffer);
            var stopping = Task.Run(transport.StopReceiving, TestContext.Current.CancellationToken);
            await peer.SendAsync(new[] { (byte)i });
            await stopping;
            transport.ResumeReceiving();
            var count = await pending;
            for (var k = 0; k < count; k++)
            {
                Assert.Equal((byte)expected++, buffer[k]);
            }
        }

        while (expected < 2_000)
        {
            var buffer = new byte[64];
            var count = await transport.ReceiveAsync(buffer).AsTask().WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
            for (var k = 0; k < count; k++)
            {
                Assert.Equal((byte)expected++, buffer[k]);
            }
        }
    }

    [Fact]
    public async Task An_abort_ends_what_takes_over_from_a_receive_that_was_stopped()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        var stopped = transport.ReceiveAsync(new byte[8]);
        transport.StopReceiving();
        Assert.Equal(0, await stopped);
        transport.ResumeReceiving();
        var pending = transport.ReceiveAsync(new byte[8]);
        transport.Abort();
        await Assert.ThrowsAsync<PeerGoneException>(async () => await pending);
        // Nothing is left to be called off, nor to have a second result.
        transport.StopReceiving();
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.SendAsync(new byte[1]));
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
