// Owns: the seam between a connection and whatever carries its octets; tests put a transport in memory here.
// Does not own: buffers, deadlines, or any meaning of the octets.

namespace TinyHost;

internal enum PeerState : byte
{
    /// <summary>For all that is known.</summary>
    Present,

    /// <summary>It sends no more. It may have closed the connection, or only its own half (RFC 9112 §9.6).</summary>
    FinishedSending,

    /// <summary>It has reset the connection, or the connection is lost otherwise.</summary>
    Gone,
}

/// <summary>
/// A duplex stream of octets. One receive and one send may be pending at a time. Every operation throws
/// <see cref="PeerGoneException"/> when the peer has reset the connection, <see cref="Abort"/> was called, or an earlier operation failed.
/// </summary>
internal abstract class Transport : IDisposable
{
    /// <summary>The result of a wait or receive that <see cref="Wake"/> ended and for which nothing has arrived.</summary>
    internal const int Woken = -1;

    /// <summary>
    /// Waits until something can be received: octets, the peer's end, or an error. Holds no buffer meanwhile.
    /// Returns <see cref="Woken"/> after <see cref="Wake"/>, 0 otherwise.
    /// </summary>
    internal abstract ValueTask<int> WaitToReceiveAsync();

    /// <summary>Receives some octets; 0 when the peer has finished sending; <see cref="Woken"/> after <see cref="Wake"/>.</summary>
    internal abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Sends all of the octets.</summary>
    internal abstract ValueTask SendAsync(ReadOnlyMemory<byte> octets);

    /// <summary>Tells the peer that nothing more will be sent; receiving goes on.</summary>
    internal abstract void ShutdownSend();

    /// <summary>
    /// Ends the pending wait or receive, or else the next one that would have to wait. Nothing is lost: octets that have arrived are received
    /// first, and receiving goes on afterwards. The woken code checks why, and waits again if it finds no reason. Callable from any thread.
    /// </summary>
    internal abstract void Wake();

    /// <summary>Wakes when the token is cancelled, until what is returned is disposed.</summary>
    internal CancellationTokenRegistration WakeOn(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? cancellationToken.UnsafeRegister(static transport => ((Transport)transport!).Wake(), this) : default;

    /// <summary>Closes at once so that the peer sees an error, not an end. Callable from any thread.</summary>
    internal abstract void Abort();

    /// <summary>True once an operation has failed or <see cref="Abort"/> was called: the connection is lost. Costs nothing.</summary>
    internal abstract bool HasFailed { get; }

    /// <summary>What is known of the peer, even behind octets not yet received, without an operation pending. Callable from any thread.</summary>
    internal abstract PeerState Peer { get; }

    /// <summary>
    /// True while octets that were sent have not all arrived at the peer, with the count of those that have; false where that is not known.
    /// </summary>
    internal virtual bool IsDelivering(out long delivered)
    {
        delivered = 0;
        return false;
    }

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
