// Owns: the server's end of a connection in memory.

namespace TinyHost.Testing;

/// <param name="changed">Called when <see cref="IsIdle"/> may have become true.</param>
internal sealed class MemoryTransport(Action changed) : Transport
{
    private volatile bool _hasFailed;
    private volatile bool _isWaiting;
    // Sent by the client and not yet received; its end counts as one byte.
    private long _unread;
    private volatile bool _isDisposed;

    /// <summary>What the client sends.</summary>
    internal Wire Received { get; } = new();

    /// <summary>What the server sends.</summary>
    internal Wire Sent { get; } = new();

    /// <summary>Whether the server waits for the client's next request, or has closed the connection.</summary>
    internal bool IsIdle => _isDisposed || (_isWaiting && Interlocked.Read(ref _unread) == 0 && !Received.IsWoken);

    internal bool IsDisposed => _isDisposed;

    internal override bool HasFailed => _hasFailed;

    internal override PeerState Peer =>
        _hasFailed ? PeerState.Gone : Received.IsFinished ? PeerState.FinishedSending : PeerState.Present;

    /// <summary>The client is about to send so many bytes.</summary>
    internal void Expect(int count) => Interlocked.Add(ref _unread, count);

    internal override ValueTask<int> WaitToReceiveAsync()
    {
        // Only a connection between two requests waits without a buffer.
        _isWaiting = true;
        changed();
        return ReceiveAsync(Memory<byte>.Empty);
    }

    internal override async ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        int count;
        try
        {
            count = await Received.ReadAsync(buffer).ConfigureAwait(false);
        }
        catch (PeerGoneException)
        {
            _hasFailed = true;
            throw;
        }
        finally
        {
            _isWaiting = false;
        }

        // Behind the end of the wait, so that a connection that was woken does not seem idle.
        if (count == Woken)
        {
            Received.TakeWake();
        }
        else
        {
            Interlocked.Add(ref _unread, -count);
        }

        return count;
    }

    internal override async ValueTask SendAsync(ReadOnlyMemory<byte> octets)
    {
        if (_hasFailed || !await Sent.WriteAsync(octets).ConfigureAwait(false))
        {
            _hasFailed = true;
            throw new PeerGoneException();
        }
    }

    internal override void ShutdownSend() => Sent.Finish();

    internal override void Wake() => Received.Wake();

    internal override void Abort()
    {
        _hasFailed = true;
        Received.Reset();
        Sent.Reset();
    }

    public override void Dispose()
    {
        Received.StopReading();
        Sent.Finish();
        _isDisposed = true;
        changed();
    }
}
