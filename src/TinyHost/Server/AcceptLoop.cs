// Owns: accepting connections on every listener until the server stops, whatever goes wrong meanwhile.

using System.Net.Sockets;

namespace TinyHost;

/// <summary>Each listener has its own loop. After a failure it pauses while the others go on.</summary>
/// <param name="listeners">What to accept on. Stopping disposes them.</param>
/// <param name="time">The clock for pauses.</param>
/// <param name="guard">Where failures are logged.</param>
/// <param name="accepted">Called with each connection, by several loops at a time. If it throws, the connection is closed.</param>
/// <param name="accept">How to accept one connection. Tests put failures here.</param>
internal sealed class AcceptLoop(
    IReadOnlyList<Listener> listeners,
    TimeProvider time,
    ObserverGuard guard,
    Action<Socket, Listener> accepted,
    Func<Socket, ValueTask<Socket>>? accept = null) : IDisposable
{
    // A flood of connections must not keep the thread, which with inline completions serves others too.
    private const int MaxInARow = 64;

    // As in Go's net/http: when descriptors or memory run out, only waiting helps.
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(1);

    private readonly Func<Socket, ValueTask<Socket>> _accept = accept ?? (static listening => listening.AcceptAsync(CancellationToken.None));
    private readonly CancellationTokenSource _stopping = new();
    private Task _loops = Task.CompletedTask;

    internal void Start()
    {
        var loops = new List<Task>(listeners.Count);
        // Connections inherit the execution context of their loop, which must not be the caller's.
        using (ExecutionContext.SuppressFlow())
        {
            foreach (var listener in listeners)
            {
                loops.Add(RunAsync(listener, _stopping.Token));
            }
        }

        _loops = Task.WhenAll(loops);
    }

    /// <summary>
    /// Closes the listeners before it returns, and ends when the loops have ended. Nothing is accepted afterwards.
    /// </summary>
    internal async Task StopAsync()
    {
        var cancelled = _stopping.CancelAsync();
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        await cancelled.ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(Listener listener, CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var delay = TimeSpan.Zero;
        var inARow = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var accepting = _accept(listener.Socket);
                inARow = accepting.IsCompleted ? inARow + 1 : 0;
                var socket = await accepting.ConfigureAwait(false);
                delay = TimeSpan.Zero;
                Admit(socket, listener, stopping);
            }
            catch (SocketException e)
                when (e.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted)
            {
                // The peer left before it was accepted.
            }
#pragma warning disable CA1031 // The loop goes on after every failure.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                delay = delay == TimeSpan.Zero ? s_firstDelay : delay * 2 > s_longestDelay ? s_longestDelay : delay * 2;
                await PauseAsync(listener, failure, delay, stopping).ConfigureAwait(false);
            }

            if (inARow >= MaxInARow)
            {
                inARow = 0;
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }
    }

    private void Admit(Socket socket, Listener listener, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested)
        {
            socket.Dispose();
            return;
        }

        try
        {
            accepted(socket, listener);
        }
#pragma warning disable CA1031 // Only this connection is lost.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            socket.Dispose();
            guard.Failed("Admitting a connection", failure);
        }
    }

    private async Task PauseAsync(Listener listener, Exception failure, TimeSpan delay, CancellationToken stopping)
    {
        // Stopping closes the listener, which ends the accept with an error.
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        if (failure is not SocketException)
        {
            guard.Failed("Accepting on a listener", failure);
        }

        Log.AcceptFailed(guard.Logger, listener.EndPoint, failure.Message, (long)delay.TotalMilliseconds);
        await Task.Delay(delay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
