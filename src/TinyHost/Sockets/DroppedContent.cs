// Owns: discarding the content of a response to HEAD.

namespace TinyHost;

internal static class DroppedContent
{
    private const int MaxDropped = 1_048_576;

    /// <summary>
    /// Discards content of a response to HEAD. Nothing is sent, so neither a slow nor a lost peer would ever stop a handler that writes
    /// without end. Therefore each write yields the thread, and throws once the peer has gone or <paramref name="octets"/>, the total, is
    /// too much.
    /// </summary>
    internal static async ValueTask DropAsync(this SendBuffer send, long octets)
    {
        await send.FlushAsync().ConfigureAwait(false);
        if (send.Transport.Peer == PeerState.Gone)
        {
            send.Transport.Abort();
            throw new PeerGoneException();
        }

        if (octets > MaxDropped)
        {
            throw new ContentUnwantedException();
        }

        await Task.Yield();
    }
}
