// Owns: whether the client waits for 100 (Continue) before it sends content, and when it is sent, RFC 9110 §10.1.1.

namespace TinyHost;

/// <summary>Belongs to the code that reads the content.</summary>
internal sealed class ContinueExpectation(Http1Connection http1)
{
    private volatile bool _isSending;

    /// <summary>True until 100 (Continue) has been sent or has become needless.</summary>
    internal bool IsDue { get; set; }

    /// <summary>True while a read sends 100 (Continue). May be read from any thread.</summary>
    internal bool IsSending => _isSending;

    /// <summary>Sends 100 (Continue), unless content has arrived already or the handler whose read this is has ended.</summary>
    internal async ValueTask SendAsync(bool isHandlers)
    {
        IsDue = false;
        _isSending = http1.Received.UnreadCount == 0;
        // Either the connection sees _isSending, or this sees that the handler has ended.
        Interlocked.MemoryBarrier();
        try
        {
            if (_isSending && (!isHandlers || http1.State.IsHandlerActive))
            {
                http1.HasContinued = await InterimResponse.TrySendContinueAsync(http1).ConfigureAwait(false);
            }
        }
        finally
        {
            _isSending = false;
        }
    }
}
