using System.Net.Sockets;
using System.Security.Authentication;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class TlsTransportTests : TransportTests
{
    private const byte AlertRecord = 21;

    private protected override async Task<(TransportPeer Peer, TinyHost.Transport Transport)> PairAsync() => await TlsPair.ConnectAsync();

    private static Task<int> TimedAsync(ValueTask<int> receive) =>
        receive.AsTask().WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task The_end_of_the_stream_without_a_closure_alert_is_the_end(SslProtocols version)
    {
        var (peer, transport) = await TlsPair.ConnectAsync(version);
        using var owned = peer;
        using var ownedTransport = transport;
        await peer.SendAsync([1]);
        peer.Socket.Shutdown(SocketShutdown.Send);
        var buffer = new byte[8];
        Assert.Equal(1, await transport.ReceiveAsync(buffer));
        Assert.Equal(0, await transport.ReceiveAsync(buffer));
        await transport.SendAsync(new byte[] { 7 });
        Assert.Equal(1, await peer.ReceiveAsync(buffer));
    }

    [Fact]
    public async Task A_closure_alert_without_the_end_of_the_stream_is_the_end()
    {
        var (peer, transport) = await TlsPair.ConnectAsync(SslProtocols.Tls12);
        using var owned = peer;
        using var ownedTransport = transport;
        await ((System.Net.Security.SslStream)peer.Stream).ShutdownAsync();
        Assert.Equal(0, await transport.ReceiveAsync(new byte[8]));
        Assert.Equal(PeerState.FinishedSending, transport.Peer);
        await transport.SendAsync(new byte[] { 7 });
        Assert.Equal(1, await peer.ReceiveAsync(new byte[8]));
    }

    [Fact]
    public async Task The_end_inside_a_record_is_a_lost_connection()
    {
        HeldStream? held = null;
        var (peer, transport) = await TlsPair.ConnectAsync(wrap: network => held = new HeldStream(network));
        using var owned = peer;
        using var ownedTransport = transport;
        held!.Hold();
        await peer.SendAsync([1, 2, 3]);
        await peer.Socket.SendAsync(held.Take()[..10]);
        peer.Socket.Shutdown(SocketShutdown.Send);
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.ReceiveAsync(new byte[8]));
        Assert.True(transport.HasFailed);
    }

    [Fact]
    public async Task A_wake_up_inside_a_record_loses_nothing()
    {
        HeldStream? held = null;
        var (peer, transport) = await TlsPair.ConnectAsync(wrap: network => held = new HeldStream(network));
        using var owned = peer;
        using var ownedTransport = transport;
        held!.Hold();
        await peer.SendAsync([1, 2, 3]);
        var record = held.Take();
        var buffer = new byte[8];
        for (var i = 0; i < record.Length - 1; i++)
        {
            var pending = i % 2 == 0 ? transport.ReceiveAsync(buffer) : transport.WaitToReceiveAsync();
            await peer.Socket.SendAsync(record[i..(i + 1)]);
            Assert.False(pending.IsCompleted);
            // The octet may arrive before the wake-up, and is then not enough to end the read.
            transport.Wake();
            Assert.Equal(TinyHost.Transport.Woken, await TimedAsync(pending));
            Assert.Equal(TinyHost.Transport.Woken, await transport.ReceiveArrivedAsync(buffer));
        }

        await peer.Socket.SendAsync(record[^1..]);
        int count;
        while ((count = await transport.ReceiveAsync(buffer)) == TinyHost.Transport.Woken)
        {
        }

        Assert.Equal(3, count);
        Assert.Equal([1, 2, 3], buffer[..3]);
    }

    [Fact]
    public async Task A_record_that_has_arrived_is_received_although_nothing_may_wait()
    {
        var (peer, transport) = await TlsPair.ConnectAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var buffer = new byte[8];
        for (byte i = 0; i < 100; i++)
        {
            await peer.SendAsync([i]);
            // In the socket, and seen by nobody.
            await Until.TrueAsync(() => peer.IsDelivered);
            Assert.Equal(1, await transport.ReceiveArrivedAsync(buffer));
            Assert.Equal(i, buffer[0]);
        }
    }

    [Fact]
    public async Task What_was_decrypted_comes_before_a_wake_up_and_before_the_end()
    {
        var (peer, transport) = await TlsPair.ConnectAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        await peer.SendAsync([1, 2, 3]);
        await peer.FinishSendingAsync();
        var buffer = new byte[1];
        await transport.WaitToReceiveAsync();
        for (byte i = 1; i <= 3; i++)
        {
            transport.Wake();
            await transport.WaitToReceiveAsync();
            Assert.Equal(1, await transport.ReceiveAsync(buffer));
            Assert.Equal(i, buffer[0]);
        }

        Assert.Equal(0, await transport.ReceiveAsync(buffer));
    }

    [Fact]
    public async Task A_broken_record_ends_the_connection_with_an_error()
    {
        HeldStream? held = null;
        var (peer, transport) = await TlsPair.ConnectAsync(wrap: network => held = new HeldStream(network));
        using var owned = peer;
        using var ownedTransport = transport;
        held!.Hold();
        await peer.SendAsync([1, 2, 3]);
        var record = held.Take();
        record[^1] ^= 1;
        await peer.Socket.SendAsync(record);
        await Assert.ThrowsAsync<PeerGoneException>(async () => await transport.ReceiveAsync(new byte[8]));
        Assert.Equal(PeerState.Gone, transport.Peer);
        await Assert.ThrowsAsync<SocketException>(() => peer.ReceiveAsync(new byte[8]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_server_sends_its_closure_alert_before_the_end(bool isShutFirst)
    {
        HeldStream? held = null;
        var (peer, transport) = await TlsPair.ConnectAsync(SslProtocols.Tls12, network => held = new HeldStream(network));
        using var owned = peer;
        using var ownedTransport = transport;
        var before = held!.AllRead.Count;
        if (isShutFirst)
        {
            transport.ShutdownSend();
            await peer.SendAsync([1]);
            Assert.Equal(1, await transport.ReceiveAsync(new byte[8]));
        }

        transport.Dispose();
        Assert.Equal(0, await peer.ReceiveAsync(new byte[8]));
        Assert.Equal(AlertRecord, held.AllRead[before]);
    }

    [Fact]
    public async Task Large_content_goes_both_ways_at_once()
    {
        var (peer, transport) = await TlsPair.ConnectAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        var toPeer = transport.SendAsync(content).AsTask();
        var toServer = peer.SendAsync(content);
        var atPeer = ReadAsync(buffer => peer.ReceiveAsync(buffer));
        var atServer = ReadAsync(async buffer => await transport.ReceiveAsync(buffer));
        await Task.WhenAll(toPeer, toServer, atPeer, atServer).WaitAsync(TestTimeout.Long, TestContext.Current.CancellationToken);
        Assert.Equal(content, await atPeer);
        Assert.Equal(content, await atServer);

        async Task<byte[]> ReadAsync(Func<byte[], Task<int>> receive)
        {
            var received = new List<byte>();
            var buffer = new byte[20_000];
            while (received.Count < content.Length)
            {
                received.AddRange(buffer.AsSpan(0, await receive(buffer)));
            }

            return [.. received];
        }
    }
}
