// Owns: what every transport over a socket must do.

using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public abstract class TransportTests
{
    /// <summary>A transport and the other end of its connection.</summary>
    private protected abstract Task<(TransportPeer Peer, TinyHost.Transport Transport)> PairAsync();

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
        await peer.FinishSendingAsync();
        await transport.WaitToReceiveAsync();
        Assert.Equal(0, await transport.ReceiveAsync(new byte[8]));
    }

    [Fact]
    public async Task A_wake_up_ends_the_pending_receive_alone_and_leaves_sending()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var pending = transport.ReceiveAsync(new byte[8]);
        transport.Wake();
        Assert.Equal(TinyHost.Transport.Woken, await pending);
        await peer.SendAsync(new byte[] { 1 });
        Assert.Equal(1, await transport.ReceiveAsync(new byte[8]));
        await transport.SendAsync(new byte[] { 7 });
        var received = new byte[2];
        Assert.Equal(1, await peer.ReceiveAsync(received));
    }

    [Fact]
    public async Task A_wake_up_that_finds_nothing_pending_is_for_the_next_wait()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        transport.Wake();
        Assert.Equal(TinyHost.Transport.Woken, await transport.ReceiveAsync(new byte[8]));
        transport.Wake();
        Assert.Equal(TinyHost.Transport.Woken, await transport.WaitToReceiveAsync());
        var pending = transport.ReceiveAsync(new byte[8]);
        Assert.False(pending.IsCompleted);
        await peer.SendAsync(new byte[] { 1 });
        Assert.Equal(1, await pending);
    }

    [Fact]
    public async Task What_has_arrived_comes_before_a_wake_up()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        await peer.SendAsync(new byte[] { 1 });
        await transport.WaitToReceiveAsync();
        transport.Wake();
        Assert.Equal(1, await transport.ReceiveAsync(new byte[8]));
        Assert.Equal(TinyHost.Transport.Woken, await transport.ReceiveAsync(new byte[8]));
    }

    [Fact]
    public async Task A_transport_that_has_failed_remembers_it()
    {
        var (peer, transport) = await PairAsync();
        using var ownedTransport = transport;
        Assert.Equal(PeerState.Present, transport.Peer);
        peer.Reset();
        await Assert.ThrowsAsync<PeerGoneException>(async () =>
        {
            for (; ; )
            {
                await transport.SendAsync(new byte[1]);
            }
        });
        Assert.True(transport.HasFailed);
        Assert.Equal(PeerState.Gone, transport.Peer);
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.ReceiveAsync(new byte[8]));
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.WaitToReceiveAsync());
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.SendAsync(new byte[1]));
    }

    [Fact]
    public async Task Receiving_goes_on_where_it_was_woken_and_loses_nothing()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var abandoned = new byte[8];
        for (byte i = 1; i <= 100; i++)
        {
            var pending = i % 3 == 0 ? transport.WaitToReceiveAsync() : transport.ReceiveAsync(abandoned);
            transport.Wake();
            Assert.Equal(TinyHost.Transport.Woken, await pending);

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
    public async Task A_wake_up_races_with_octets_and_each_receive_ends_once()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var expected = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var buffer = new byte[64];
            var pending = transport.ReceiveAsync(buffer);
            var waking = Task.Run(transport.Wake, TestContext.Current.CancellationToken);
            await peer.SendAsync(new[] { (byte)i });
            await waking;
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
    public async Task An_abort_ends_what_takes_over_from_a_receive_that_was_woken()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        var woken = transport.ReceiveAsync(new byte[8]);
        transport.Wake();
        Assert.Equal(TinyHost.Transport.Woken, await woken);
        var pending = transport.ReceiveAsync(new byte[8]);
        transport.Abort();
        await Assert.ThrowsAsync<PeerGoneException>(async () => await pending);
        // Nothing is left to be called off, nor to have a second result.
        transport.Wake();
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.SendAsync(new byte[1]));
    }

    [Fact]
    public async Task Aborting_resets_the_peer_and_ends_what_is_pending()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        var pending = transport.ReceiveAsync(new byte[8]);
        // Begun before the reset: Wine tells a pending receive only.
        var reading = peer.ReceiveAsync(new byte[1]);
        transport.Abort();
        await Assert.ThrowsAsync<PeerGoneException>(async () => await pending);
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.SendAsync(new byte[1]));
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.WaitToReceiveAsync());
        var e = await Assert.ThrowsAsync<SocketException>(async () => await reading);
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        Assert.Equal(PeerState.Gone, transport.Peer);
        transport.Dispose();
    }

    [Fact]
    public async Task A_reset_by_the_peer_is_seen_without_an_operation()
    {
        var (peer, transport) = await PairAsync();
        using var ownedTransport = transport;
        Assert.Equal(PeerState.Present, transport.Peer);
        peer.Reset();
        await Until.TrueAsync(() => transport.Peer == PeerState.Gone);
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task A_wake_up_does_not_turn_a_reset_into_the_end()
    {
        for (var i = 0; i < 100; i++)
        {
            var (peer, transport) = await PairAsync();
            using var ownedTransport = transport;
            peer.Reset();
            await Until.TrueAsync(() => transport.Peer == PeerState.Gone);
            using var stop = new CancellationTokenSource();
            var waking = Task.Run(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    transport.Wake();
                }
            }, TestContext.Current.CancellationToken);

            // The socket reports the reset once, perhaps to a wait that is being woken.
            await Assert.ThrowsAsync<PeerGoneException>(async () =>
            {
                while (await transport.WaitToReceiveAsync() == TinyHost.Transport.Woken)
                {
                }
            });
            await stop.CancelAsync();
            await waking;
        }
    }

    [Fact]
    public async Task A_peer_that_finished_sending_is_seen_behind_what_nobody_has_received()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        await peer.SendAsync(new byte[] { 1 });
        await peer.FinishSendingAsync();
        await Until.TrueAsync(() => transport.Peer == PeerState.FinishedSending);
        Assert.Equal(1, await transport.ReceiveAsync(new byte[8]));
    }

    [Fact]
    public async Task A_transport_that_is_disposed_under_a_wait_sends_everything_and_then_its_end()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        var pending = transport.ReceiveAsync(new byte[8]);
        transport.Wake();
        Assert.Equal(TinyHost.Transport.Woken, await pending);
        await transport.SendAsync(new byte[] { 7 });
        transport.Dispose();
        var received = new byte[8];
        Assert.Equal(1, await peer.ReceiveAsync(received));
        Assert.Equal(0, await peer.ReceiveAsync(received));
    }
}
