// Owns: getting 100 (Continue) out in front of a response, RFC 9110 §10.1.1 and §15.2.1.
// Does not own: whether it is due (ContentReader), or its octets (ResponseHead).

namespace TinyHost;

internal static class InterimResponse
{
    /// <summary>Sends it behind what earlier responses left. False when the final response has begun, which makes it pointless.</summary>
    internal static async ValueTask<bool> TrySendContinueAsync(ConnectionState state, SendBuffer send)
    {
        await send.EnterAsync().ConfigureAwait(false);
        try
        {
            if (state.HasResponseStarted)
            {
                return false;
            }

            ResponseHead.WriteContinue(send.Octets);
            await send.FlushAsync().ConfigureAwait(false);
            return true;
        }
        finally
        {
            send.Leave();
        }
    }
}
