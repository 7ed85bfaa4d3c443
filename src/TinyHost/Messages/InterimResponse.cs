// Owns: getting 100 (Continue) out in front of a response, RFC 9110 §10.1.1 and §15.2.1.
// Does not own: whether it is due (ContentReader), or its octets (ResponseHead).

namespace TinyHost;

internal static class InterimResponse
{
    /// <summary>Sends it behind what earlier responses left. Throws <see cref="InvalidOperationException"/> while a write of the handler is pending.</summary>
    internal static async ValueTask SendContinueAsync(ConnectionState state, SendBuffer send)
    {
        state.EnterWrite(state.Generation);
        try
        {
            await send.TakeAsync().ConfigureAwait(false);
            ResponseHead.WriteContinue(send.Octets);
            await send.FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            state.ExitWrite();
        }
    }
}
