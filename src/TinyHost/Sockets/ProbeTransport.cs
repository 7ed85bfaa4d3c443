// Owns: a transport in memory that brings one request of the server's own and drops the response.

namespace TinyHost;

internal sealed class ProbeTransport : Transport
{
    private static readonly byte[] s_request =
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nUser-Agent: TinyHost-Probe\r\nConnection: close\r\n\r\n"u8.ToArray();

    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _received;
    private volatile bool _isAborted;

    /// <summary>Ends when a response has begun, or the connection is over without one.</summary>
    internal Task Answered => _answered.Task;

    internal override bool HasFailed => _isAborted;

    internal override PeerState Peer => _isAborted ? PeerState.Gone : PeerState.Present;

    internal override ValueTask<int> WaitToReceiveAsync() => new(0);

    internal override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, s_request.Length - _received);
        s_request.AsMemory(_received, count).CopyTo(buffer);
        _received += count;
        return new(count);
    }

    internal override ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        _answered.TrySetResult();
        return default;
    }

    internal override void ShutdownSend() => _answered.TrySetResult();

    internal override void Wake()
    {
        // Nothing ever waits.
    }

    internal override void Abort()
    {
        _isAborted = true;
        _answered.TrySetResult();
    }

    public override void Dispose() => _answered.TrySetResult();
}
