// Owns: a transport that repeatedly delivers the same octets and accepts everything sent, without allocating or waiting.

using System.Text;

namespace TinyHost.Tests.Support;

/// <summary>
/// Each receive delivers the octets once: <paramref name="warmUp"/> times, and then in <paramref name="rounds"/> rounds of
/// <paramref name="times"/>, in each of which allocation is measured. An <paramref name="opening"/> is delivered before everything else.
/// </summary>
internal sealed class RepeatingTransport(byte[] octets, int warmUp, int times, int rounds = 1, byte[]? opening = null) : Transport
{
    private byte[]? _opening = opening;
    private int _receives;
    private long _before;

    /// <summary>The bytes that the serving thread allocated in the round with the fewest.</summary>
    internal long Allocated { get; private set; } = long.MaxValue;

    internal long Sent { get; private set; }

    /// <summary>What the first operation sent.</summary>
    internal string? FirstSent { get; private set; }

    internal override bool HasFailed => false;

    internal override PeerState Peer => PeerState.Present;

    internal override ValueTask<int> WaitToReceiveAsync() => default;

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        if (_opening is { } first)
        {
            _opening = null;
            return Deliver(first, buffer);
        }

        var measured = _receives - warmUp;
        if (measured >= 0 && measured % times == 0)
        {
            var now = GC.GetAllocatedBytesForCurrentThread();
            if (measured > 0)
            {
                Allocated = Math.Min(Allocated, now - _before);
            }

            _before = now;
        }

        if (measured == rounds * times)
        {
            return default;
        }

        _receives++;
        return Deliver(octets, buffer);
    }

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        FirstSent ??= Encoding.Latin1.GetString(octets.Span);
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

    private static ValueTask<int> Deliver(byte[] octets, Memory<byte> buffer)
    {
        octets.CopyTo(buffer);
        return new ValueTask<int>(octets.Length);
    }
}
