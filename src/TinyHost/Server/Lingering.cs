// Owns: the orderly end of a connection, RFC 9112 §9.6: the peer gets all that was sent, and then the end.
// Does not own: when a connection ends, or for how long it waits (Deadline).

namespace TinyHost;

internal static class Lingering
{
    /// <summary>
    /// Finishes sending and reads on for a while. A connection closed while the peer still sends is reset, which costs the peer what it
    /// has not read yet. Waits as long as the peer takes what was sent, at the least rate, and <see cref="ServerLimits.LingerTimeout"/>
    /// more; what the system holds then it goes on delivering by itself. A stop does not wait for peers to close.
    /// </summary>
    internal static async ValueTask EndAsync(Transport transport, ReceiveBuffer received, Deadline deadline, ConnectionTable connections)
    {
        transport.ShutdownSend();
        deadline.BeginLinger();
        var pace = new DeliveryPace();
        int count;
        do
        {
            received.Consume(received.UnreadCount);
            received.NextMessage();
            if (connections.IsClosing)
            {
                // Only a look.
                transport.Wake();
            }

            count = await transport.ReceiveAsync(received.Room()).ConfigureAwait(false);
            if (count == Transport.Woken && connections.IsClosing)
            {
                return;
            }

            if (deadline.IsReceiveOver)
            {
                if (!pace.KeepsPace(transport, deadline.LeastIn(Waiting.Linger)))
                {
                    return;
                }

                deadline.BeginLinger();
            }
        }
        while (count != 0);
    }
}
