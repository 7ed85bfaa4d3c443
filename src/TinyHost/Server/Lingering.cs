// Owns: what is read behind the last response of a connection, so that the peer can read that response (RFC 9112 §9.6).
// Does not own: when a connection ends, or for how long it lingers (Deadline).

namespace TinyHost;

internal static class Lingering
{
    /// <summary>
    /// RFC 9112 §9.6: closing while the peer still sends would reset the connection and could cost it the last response.
    /// So: finish sending, read on for a while, then close. What was too slow and is refused may yet come, if receiving <paramref name="resumes"/>.
    /// </summary>
    internal static async ValueTask ReadOnAsync(Transport transport, ReceiveBuffer received, ContentReader content, Deadline deadline, bool resumes)
    {
        transport.ShutdownSend();
        if (resumes)
        {
            transport.ResumeReceiving();
        }

        deadline.BeginLinger();
        do
        {
            if (content.IsReading)
            {
                // The handler left a read under way: there can be no other.
                return;
            }

            received.Consume(received.UnreadCount);
            received.NextMessage();
        }
        while (await transport.ReceiveAsync(received.Room()).ConfigureAwait(false) > 0);
    }
}
