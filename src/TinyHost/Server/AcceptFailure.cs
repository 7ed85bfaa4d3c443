// Owns: the pause of a listener after a failed accept.

using System.Net.Sockets;

namespace TinyHost;

internal static class AcceptFailure
{
    // As in Go's net/http: when descriptors or memory run out, only waiting helps.
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(1);

    /// <summary>Logs the failure, and queues the accept again after the pause: twice the last one, up to a second.</summary>
    internal static async Task PauseAsync(
        PendingAccept accept, Exception failure, TimeProvider time, ObserverGuard guard, CancellationToken stopping)
    {
        var pause = accept.Pause * 2;
        accept.Pause = pause == TimeSpan.Zero ? s_firstPause : pause > s_longestPause ? s_longestPause : pause;
        if (failure is not SocketException)
        {
            guard.Failed("Accepting on a listener", failure);
        }

        Log.AcceptFailed(guard.Logger, accept.Listener.EndPoint, failure.Message, (long)accept.Pause.TotalMilliseconds);
        await Task.Delay(accept.Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        accept.EndPause();
    }
}
