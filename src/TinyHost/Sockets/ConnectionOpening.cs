// Owns: what the steps that open a connection share: its transport, its end points, the bytes received and not yet used, the deadline.

using System.Buffers;
using System.Net;

namespace TinyHost;

/// <summary>The steps receive here, so that a deadline or a stop ends them. <see cref="End"/> may be called from any thread.</summary>
internal sealed class ConnectionOpening
{
    private readonly Transport _accepted;
    private readonly Deadline _deadline;
    private volatile bool _isOver;

    internal ConnectionOpening(Transport accepted, IPEndPoint peer, Heartbeat clock, ServerLimits limits, ArrayPool<byte> pool)
    {
        _accepted = accepted;
        Transport = accepted;
        PeerEndPoint = peer;
        Received = new ReceiveBuffer(pool);
        _deadline = new Deadline(clock, limits);
        _deadline.BeginOpening();
    }

    /// <summary>
    /// What carries the bytes of the next step, or of HTTP after the last one. A step may wrap it in a transport of its own, which then
    /// disposes of it, and must hand on what <see cref="TakeReceived"/> returns.
    /// </summary>
    internal Transport Transport { get; set; }

    /// <summary>Who the connection is from: the peer of the socket until a step learns better. IPv4 addresses are not mapped.</summary>
    internal IPEndPoint PeerEndPoint { get; set; }

    /// <summary>The peer of the socket, if it is a proxy that named the client; null otherwise.</summary>
    internal IPEndPoint? ProxyEndPoint { get; set; }

    /// <summary>The bytes received and used by no step yet. The next step, or HTTP, finds them here.</summary>
    internal ReceiveBuffer Received { get; }

    /// <summary>Why HTTP refuses whatever the peer sends; <see cref="RejectReason.None"/> unless a step wants it to.</summary>
    internal RejectReason Rejection { get; set; }

    /// <summary>True once the time is over, or the server stops.</summary>
    internal bool IsOver => _isOver;

    /// <summary>True once the peer has finished sending.</summary>
    internal bool HasPeerFinished { get; private set; }

    /// <summary>
    /// Receives more bytes into <see cref="Received"/>. Throws <see cref="IOException"/> when no more will come, and once the opening is
    /// over and nothing has arrived.
    /// </summary>
    internal async ValueTask ReceiveMoreAsync()
    {
        if (Received.UnreadCount == 0 && !_isOver)
        {
            // Waits without a buffer: peers that send nothing take no memory.
            Received.Release();
            await Transport.WaitToReceiveAsync().ConfigureAwait(false);
        }

        var count = await ReceiveAsync(Received.Room()).ConfigureAwait(false);
        if (count == 0)
        {
            throw new PeerGoneException();
        }

        Received.Received(count);
    }

    /// <summary>Waits until there may be something to receive from the transport. Returns 0.</summary>
    internal async ValueTask<int> WaitAsync()
    {
        if (!_isOver)
        {
            await Transport.WaitToReceiveAsync().ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>
    /// Receives from the transport, past <see cref="Received"/>; 0 when the peer has finished. Throws <see cref="IOException"/> once the
    /// opening is over and nothing has arrived.
    /// </summary>
    internal async ValueTask<int> ReceiveAsync(Memory<byte> destination)
    {
        int count;
        do
        {
            var receive = _isOver ? Transport.ReceiveArrivedAsync(destination) : Transport.ReceiveAsync(destination);
            count = await receive.ConfigureAwait(false);
        }
        while (count == Transport.Woken && !_isOver);

        HasPeerFinished |= count == 0;
        return count == Transport.Woken ? throw new PeerGoneException() : count;
    }

    /// <summary>Takes the bytes that were received and not used.</summary>
    internal byte[] TakeReceived()
    {
        var taken = Received.Unread.ToArray();
        Received.Release();
        return taken;
    }

    /// <summary>For the heartbeat: true once, when the deadline has expired.</summary>
    internal bool TryExpire(long now) => _deadline.TryExpire(now) != Waiting.None;

    /// <summary>Time is over, or the server stops: the steps get what has arrived, and end when they would have to wait for more.</summary>
    internal void End()
    {
        _isOver = true;
        _accepted.Wake();
    }

    /// <summary>Cuts the connection off.</summary>
    internal void Abort() => _accepted.Abort();
}
