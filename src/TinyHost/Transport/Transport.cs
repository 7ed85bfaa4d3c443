// Owns: the seam between a connection and whatever carries its octets; tests put a transport in memory here.
// Does not own: buffers, deadlines, or any meaning of the octets.

namespace TinyHost;

/// <summary>
/// A duplex stream of octets. One receive and one send may be pending at a time. Every operation throws
/// <see cref="PeerGoneException"/> when the peer has reset the connection or <see cref="Abort"/> was called.
/// </summary>
internal abstract class Transport : IDisposable
{
    /// <summary>Ends when something can be received: octets, the peer's end, or an error. Holds no buffer meanwhile.</summary>
    internal abstract ValueTask WaitToReceiveAsync();

    /// <summary>Receives some octets; 0 when the peer has finished sending.</summary>
    internal abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Sends all of the octets.</summary>
    internal abstract ValueTask SendAsync(ReadOnlyMemory<byte> octets);

    /// <summary>Tells the peer that nothing more will be sent; receiving goes on.</summary>
    internal abstract void ShutdownSend();

    /// <summary>Ends a pending receive, and every later one, as if the peer had finished sending; sending goes on. Callable from any thread.</summary>
    internal abstract void StopReceiving();

    /// <summary>Takes <see cref="StopReceiving"/> back: what has arrived meanwhile is received.</summary>
    internal abstract void ResumeReceiving();

    /// <summary>Closes at once so that the peer sees an error, not an end. Callable from any thread.</summary>
    internal abstract void Abort();

    /// <summary>True when the peer is known to have reset the connection, without an operation pending. Callable from any thread.</summary>
    internal abstract bool PeerGone { get; }

    /// <summary>
    /// Asked at every tick: true when the connection has kept a thread that others wait for since the last one. Only where completions run inline.
    /// </summary>
    internal virtual bool KeepsSocketThread() => false;

    /// <summary>A request has been served: whoever serves many of them without a wait may have to make way for others.</summary>
    internal virtual void RequestServed()
    {
    }

    public abstract void Dispose();
}
