// Owns: a wrapper around a transport that counts the receives begun on it.

namespace TinyHost.Tests.Support;

internal class WatchedTransport(Transport inner) : Transport
{
    private int _receivesBegun;

    internal int ReceivesBegun => Volatile.Read(ref _receivesBegun);

    internal override bool HasFailed => inner.HasFailed;

    internal override PeerState Peer => inner.Peer;

    internal override ValueTask<int> WaitToReceiveAsync() => inner.WaitToReceiveAsync();

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        var receiving = inner.ReceiveAsync(buffer);
        Interlocked.Increment(ref _receivesBegun);
        return receiving;
    }

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets) => inner.SendAsync(octets);

    internal override void ShutdownSend() => inner.ShutdownSend();

    internal override void Wake() => inner.Wake();

    internal override bool IsDelivering(out long delivered) => inner.IsDelivering(out delivered);

    internal override void Abort() => inner.Abort();

    public override void Dispose() => inner.Dispose();
}
