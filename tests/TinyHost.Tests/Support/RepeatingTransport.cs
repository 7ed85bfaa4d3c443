// Owns: a transport that delivers the same octets again and again, and takes what is sent, without allocating or waiting.

namespace TinyHost.Tests.Support;

/// <summary>Each receive delivers the octets once, <paramref name="times"/> times in all. Looks at the clock of allocation when the warming up is over, and at the end.</summary>
internal sealed class RepeatingTransport(byte[] octets, int warmUp, int times) : Transport
{
    private int _receives;
    private long _before;

    /// <summary>What the thread that served allocated after the warming up.</summary>
    internal long Allocated { get; private set; }

    internal long Sent { get; private set; }

    internal override bool HasFailed => false;

    internal override PeerState Peer => PeerState.Present;

    internal override ValueTask<int> WaitToReceiveAsync() => default;

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        if (_receives == warmUp)
        {
            _before = GC.GetAllocatedBytesForCurrentThread();
        }

        if (_receives == warmUp + times)
        {
            Allocated = GC.GetAllocatedBytesForCurrentThread() - _before;
            return default;
        }

        _receives++;
        octets.CopyTo(buffer);
        return new ValueTask<int>(octets.Length);
    }

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        Sent += octets.Length;
        return default;
    }

    internal override void ShutdownSend()
    {
    }

    internal override void Wake()
    {
    }

    internal override void Abort()
    {
    }

    public override void Dispose()
    {
    }
}
