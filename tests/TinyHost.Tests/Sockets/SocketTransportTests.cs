using System.Net.Sockets;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class SocketTransportTests : TransportTests
{
    private protected override async Task<(TransportPeer Peer, TinyHost.Transport Transport)> PairAsync()
    {
        var (peer, accepted) = await RawClient.PairAsync();
        return (new TransportPeer(peer.Socket, new NetworkStream(peer.Socket)), new SocketTransport(accepted));
    }

    [Fact]
    public async Task An_urgent_octet_is_no_reset()
    {
        var (peer, transport) = await PairAsync();
        using var owned = peer;
        using var ownedTransport = transport;
        peer.Socket.Send([1], SocketFlags.OutOfBand);
        peer.Socket.Send([2]);
        await transport.WaitToReceiveAsync();

        Assert.Equal(PeerState.Present, transport.Peer);
        Assert.Equal(1, await transport.ReceiveAsync(new byte[10]));
    }
}
