// Owns: one accept of one listener, and its result.

using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>
/// One listener's accept, used again for each connection. Its results are valid from when it is queued until it begins again.
/// </summary>
internal sealed class PendingAccept(
    AcceptLoop loop,
    Listener listener,
    Func<Socket, CancellationToken, ValueTask<Socket>> accept,
    CancellationToken stopping)
{
    private ConfiguredValueTaskAwaitable<Socket>.ConfiguredValueTaskAwaiter _accepting;
    private Action? _completed;

    internal Listener Listener => listener;

    /// <summary>The accepted connection; null after a failure or a pause.</summary>
    internal Socket? Socket { get; private set; }

    internal Exception? Failure { get; private set; }

    /// <summary>How long the last failure made the listener pause; zero after a success.</summary>
    internal TimeSpan Pause { get; set; }

    /// <summary>
    /// True if the accept is pending. False if it has completed at once: it is queued too, so that no listener starves the others.
    /// </summary>
    internal bool Begin()
    {
        try
        {
#pragma warning disable CA2012 // Consumed once, by Complete.
            _accepting = accept(listener.Socket, stopping).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            if (!_accepting.IsCompleted)
            {
                _accepting.UnsafeOnCompleted(_completed ??= Complete);
                return true;
            }

            Complete();
        }
#pragma warning disable CA1031 // Queued as the result, so that the loop logs it and tries again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Queue(null, failure);
        }

        return false;
    }

    internal void EndPause() => Queue(null, null);

    private void Complete()
    {
        try
        {
            Queue(_accepting.GetResult(), null);
        }
#pragma warning disable CA1031 // Queued as the result.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Queue(null, failure);
        }
    }

    private void Queue(Socket? socket, Exception? failure)
    {
        (Socket, Failure) = (socket, failure);
        loop.Queue(this);
    }
}
