// Owns: the seam between a connection and what carries its bytes. Tests put a transport in memory here.

namespace TinyHost;

internal enum PeerState : byte
{
    /// <summary>Neither of the states below, as far as is known.</summary>
    Present,

    /// <summary>The peer sends nothing more. It has closed the connection or only its sending half (RFC 9112 §9.6).</summary>
    FinishedSending,

    /// <summary>The connection was reset or is lost.</summary>
    Gone,
}

/// <summary>
/// A duplex stream of bytes. One receive and one send may be pending at a time. Every operation throws <see cref="PeerGoneException"/> once
/// the peer has reset the connection, <see cref="Abort"/> was called, or an operation has failed.
/// </summary>
internal abstract class Transport : IDisposable
{
    /// <summary>The result of a wait or receive that <see cref="Wake"/> ended before anything arrived.</summary>
    internal const int Woken = -1;

    /// <summary>True once an operation has failed or <see cref="Abort"/> was called. Reads a flag only.</summary>
    internal abstract bool HasFailed { get; }

    /// <summary>What is known about the peer, even if bytes it sent are not received yet. Callable from any thread.</summary>
    internal abstract PeerState Peer { get; }

    /// <summary>
    /// Waits until there is something to receive: bytes, the peer's end, or an error. Holds no buffer meanwhile.
    /// Returns <see cref="Woken"/> after <see cref="Wake"/>, otherwise 0.
    /// </summary>
    internal abstract ValueTask<int> WaitToReceiveAsync();

    /// <summary>Receives some bytes; 0 when the peer has finished sending; <see cref="Woken"/> after <see cref="Wake"/>.</summary>
    internal abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Receives only what has already arrived; <see cref="Woken"/> if nothing has.</summary>
    internal ValueTask<int> ReceiveArrivedAsync(Memory<byte> buffer)
    {
        Wake();
        return ReceiveAsync(buffer);
    }

    /// <summary>Sends all bytes.</summary>
    internal abstract ValueTask SendAsync(ReadOnlyMemory<byte> octets);

    /// <summary>Tells the peer that nothing more will be sent. Receiving goes on.</summary>
    internal abstract void ShutdownSend();

    /// <summary>
    /// Ends the pending wait or receive, or else the next one that would have to wait. Nothing is lost: bytes that have arrived are
    /// received first, and receiving can go on afterwards. The woken code checks the reason and waits again if there is none. Callable from
    /// any thread.
    /// </summary>
    internal abstract void Wake();

    /// <summary>Wakes when the token is cancelled, until the registration is disposed.</summary>
    internal CancellationTokenRegistration WakeOn(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled
            ? cancellationToken.UnsafeRegister(static transport => ((Transport)transport!).Wake(), this)
            : default;

    /// <summary>Closes at once. The peer sees an error, not an end. Callable from any thread.</summary>
    internal abstract void Abort();

    /// <summary>
    /// True while the peer has yet to acknowledge bytes that were sent. <paramref name="delivered"/> counts the acknowledged bytes.
    /// False if the system does not know.
    /// </summary>
    internal virtual bool IsDelivering(out long delivered)
    {
        delivered = 0;
        return false;
    }

    public abstract void Dispose();
}
