// Owns: the orderly end of a connection (RFC 9112 §9.6): the peer gets everything that was sent, then the end.

namespace TinyHost;

internal static class OrderlyClose
{
    // A peer that sends without end must not keep the thread.
    private const int ReceivesInARow = 64;

    /// <summary>
    /// Sends what is left, waits for reads the handler left pending, and lingers where the peer may still be sending.
    /// </summary>
    internal static async ValueTask EndAsync(Http1Connection http1, CurrentRequest request, ConnectionTable connections)
    {
        await http1.Send.FlushAsync().ConfigureAwait(false);
        request.Context.Request.Detach();
        if (http1.State.CloseReason == CloseReason.ClosedByPeer)
        {
            return;
        }

        if (http1.State.IsAnyPending)
        {
            // A pending read finds that it has no right any more, and ends.
            http1.Transport.Wake();
            await http1.State.UntilReleasedAsync().ConfigureAwait(false);
        }

        var isPeerDone = http1.State.Reading == Reading.Drained && http1.Framing.IsLast && http1.UnreadCount == 0;
        if (!isPeerDone && http1.State.CloseReason != CloseReason.IdleTimeout)
        {
            await LingerAsync(http1, connections).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Finishes sending and reads on for a while: closing a connection while the peer still sends resets it, which costs the peer what it
    /// has not read yet. Waits as long as the peer takes what was sent at <see cref="ServerLimits.MinDataRate"/>, and
    /// <see cref="ServerLimits.LingerTimeout"/> more; the operating system delivers the rest by itself. A stop does
    /// not wait for peers to close.
    /// </summary>
    private static async ValueTask LingerAsync(Http1Connection http1, ConnectionTable connections)
    {
        var (transport, received, deadline) = (http1.Transport, http1.Received, http1.Deadline);
        transport.ShutdownSend();
        deadline.BeginLinger();
        var pace = default(DeliveryPace);
        var receives = 0;
        int count;
        do
        {
            if (++receives % ReceivesInARow == 0)
            {
                await Task.Yield();
            }

            received.Consume(received.UnreadCount);
            received.NextMessage();
            var room = received.Room();
            var receive = connections.IsStopping ? transport.ReceiveArrivedAsync(room) : transport.ReceiveAsync(room);
            count = await receive.ConfigureAwait(false);
            if (count == Transport.Woken && connections.IsStopping)
            {
                return;
            }

            if (deadline.IsReceiveOver)
            {
                if (!pace.IsKept(transport, deadline.MinDelivered(Waiting.Linger)))
                {
                    return;
                }

                deadline.BeginLinger();
            }
        }
        while (count != 0);
    }
}
