// Owns: accepting connections on every listener in one loop, whatever goes wrong.
// Does not own: what becomes of a connection.

using System.Net.Sockets;
using System.Threading.Channels;

namespace TinyHost;

/// <summary>
/// One accept is pending on each listener; those that end are queued for the one loop, which hands the socket on and accepts again. After a failure
/// the listener pauses, the others go on. With inline completions the loop runs on a socket thread, until so many accepts in a row have ended at once.
/// </summary>
internal sealed class AcceptLoop(
    IReadOnlyList<Listener> listeners,
    TimeProvider time,
    ObserverGuard guard,
    Action<Socket, Listener> accepted,
    AcceptLoop.StartAccept? startAccept = null) : IDisposable
{
    /// <summary>Starts one accept; false when it ended at once. Tests put failures here.</summary>
    internal delegate bool StartAccept(Socket listening, SocketAsyncEventArgs accept);

    // As Go's net/http: out of descriptors or memory, waiting is all that helps.
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<PendingAccept> _ended =
        Channel.CreateUnbounded<PendingAccept>(new() { SingleReader = true, AllowSynchronousContinuations = true });

    private readonly StartAccept _startAccept = startAccept ?? (static (listening, accept) => listening.AcceptAsync(accept));
    private readonly CancellationTokenSource _stopping = new();
    private readonly Streak _streak = new();
    private Task _loop = Task.CompletedTask;

    internal void Start()
    {
        // Connections inherit the loop's execution context: it must not be the starter's.
        using (ExecutionContext.SuppressFlow())
        {
            _loop = RunAsync();
        }
    }

    /// <summary>
    /// Closes the listeners, before it returns, and ends the loop. Connections accepted before are handed on; nothing is accepted afterwards.
    /// </summary>
    internal async Task StopAsync()
    {
        var cancelled = _stopping.CancelAsync();
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        await cancelled.ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync()
    {
        // Works after the source is disposed of, too.
        var stopping = _stopping.Token;
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var pending = listeners.Count;
        foreach (var listener in listeners)
        {
            Accept(new PendingAccept(listener, _ended.Writer));
        }

        while (pending > 0)
        {
            var accept = await _ended.Reader.ReadAsync().ConfigureAwait(false);
            if (stopping.IsCancellationRequested)
            {
                accept.AcceptSocket?.Dispose();
                accept.Dispose();
                pending--;
            }
            else if (!IsReady(accept))
            {
                _ = BackOffAsync(accept, stopping);
            }
            else if (Accept(accept))
            {
                _streak.End();
            }
            else if (_streak.IsOver())
            {
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }
    }

    /// <summary>Hands on what was accepted. True when the listener may accept again at once. Throws nothing: the loop goes on whatever happens.</summary>
    private bool IsReady(PendingAccept accept)
    {
        if (accept.IsBackOffOver)
        {
            accept.IsBackOffOver = false;
            return true;
        }

        if (accept.SocketError != SocketError.Success || accept.AcceptSocket is not { } socket)
        {
            return accept.SocketError is SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted;
        }

        accept.Delay = TimeSpan.Zero;
        try
        {
            accepted(socket, accept.Listener);
        }
#pragma warning disable CA1031 // Reported by the guard: one connection is lost, and the port goes on answering.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            socket.Dispose();
            guard.Failed("Admitting a connection", failure);
        }

        return true;
    }

    /// <summary>Starts an accept; false when it has ended. One that ends at once is queued too, so that no listener starves the others. Throws nothing.</summary>
    private bool Accept(PendingAccept accept)
    {
        accept.AcceptSocket = null;
        try
        {
            if (_startAccept(accept.Listener.Socket, accept))
            {
                return true;
            }
        }
        catch (ObjectDisposedException)
        {
            // If the server is stopping, the loop sees that before it looks at the result.
            accept.SocketError = SocketError.NotSocket;
        }
        catch (SocketException e)
        {
            // Windows makes the socket to accept into first, and may have no room for it.
            accept.SocketError = e.SocketErrorCode;
        }
#pragma warning disable CA1031 // Reported by the guard: tried again, after a pause.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            accept.SocketError = SocketError.SocketError;
            guard.Failed("Accepting on a listener", failure);
        }

        _ended.Writer.TryWrite(accept);
        return false;
    }

    /// <summary>Queues the accept again after its delay, or at once when the loop stops. The loop goes on with the other listeners meanwhile.</summary>
    private async Task BackOffAsync(PendingAccept accept, CancellationToken stopping)
    {
        accept.Delay = accept.Delay == TimeSpan.Zero ? s_firstDelay : accept.Delay * 2 > s_longestDelay ? s_longestDelay : accept.Delay * 2;
        Log.AcceptFailed(
            guard.Logger, accept.Listener.EndPoint, new SocketException((int)accept.SocketError).Message, (long)accept.Delay.TotalMilliseconds);
        await Task.Delay(accept.Delay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        accept.IsBackOffOver = true;
        _ended.Writer.TryWrite(accept);
    }

    private sealed class PendingAccept(Listener listener, ChannelWriter<PendingAccept> ended)
        : SocketAsyncEventArgs(true)
    {
        internal Listener Listener { get; } = listener;

        /// <summary>How long the last failure made this listener wait; zero after a success.</summary>
        internal TimeSpan Delay { get; set; }

        /// <summary>True when it is queued to be started again after a delay, and not for having ended.</summary>
        internal bool IsBackOffOver { get; set; }

        protected override void OnCompleted(SocketAsyncEventArgs e) => ended.TryWrite(this);
    }
}
