// Owns: a transport that repeatedly delivers the same octets and accepts everything sent, without allocating or waiting.

namespace TinyHost.Tests.Support;

/// <summary>
/// Each receive delivers the octets once, for <paramref name="warmUp"/> receives and then for <paramref name="times"/> more, during which
/// allocation is measured.
/// </summary>
internal sealed class RepeatingTransport(byte[] octets, int warmUp, int times) : Transport
{
    private int _receives;
    private long _before;

    /// <summary>The bytes that the serving thread allocated after the warm-up.</summary>
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
