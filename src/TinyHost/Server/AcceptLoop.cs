// Owns: accepting connections on every listener in one loop until the server stops, whatever goes wrong meanwhile.

using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace TinyHost;

/// <summary>
/// One accept is pending on each listener. Those that complete are queued for the one loop, which passes the connection on and accepts
/// again. After a failure a listener pauses while the others go on. When the loop stops, it accepts the connections that wait in the
/// listeners' queues: their peers believe to be connected, and closing the listener would reset them.
/// </summary>
/// <param name="listeners">Each is disposed when nothing waits in its queue after the stop.</param>
/// <param name="time">The clock for pauses.</param>
/// <param name="guard">Logs failures.</param>
/// <param name="accepted">Called with each connection, by the loop alone. If it throws, the connection is closed.</param>
/// <param name="accept">Accepts one connection. Tests put failures here.</param>
internal sealed class AcceptLoop(
    IReadOnlyList<Listener> listeners,
    TimeProvider time,
    ObserverGuard guard,
    Action<Socket, Listener> accepted,
    Func<Socket, CancellationToken, ValueTask<Socket>>? accept = null) : IDisposable
{
    // A flood of connections must not keep the thread, which with inline completions serves others too.
    private const int MaxInARow = 64;

    private readonly Channel<PendingAccept> _ready =
        Channel.CreateUnbounded<PendingAccept>(new() { SingleReader = true, AllowSynchronousContinuations = true });
    private readonly CancellationTokenSource _stopping = new();
    // Null until the start, which a handover delays.
    private Task? _loop;
    private int _passes;
    private volatile bool _isInPass;
    private volatile ExpectedConnection? _expected;

    /// <summary>How many results of accepts the loop has begun to work on.</summary>
    internal int Passes => Volatile.Read(in _passes);

    /// <summary>Whether the loop works on the result of an accept now. It waits for the next one otherwise.</summary>
    internal bool IsInPass => _isInPass;

    /// <summary>True once the loop has ended.</summary>
    internal bool HasEnded => _loop?.IsCompleted == true;

    /// <summary>Where connections in memory are refused from <see cref="RefuseNew"/> on; null without any.</summary>
    internal Action? RefuseInMemory { get; init; }

    /// <summary>The connection of the server's own that is to come; null for none.</summary>
    internal ExpectedConnection? Expected { get => _expected; set => _expected = value; }

    internal void Start()
    {
        // Connections inherit the execution context of the loop, which must not be the caller's.
        using (ExecutionContext.SuppressFlow())
        {
            _loop = RunAsync(_stopping.Token);
        }
    }

    /// <summary>A connection from this address is the server's own, until the result is disposed.</summary>
    internal ExpectedConnection Expect(EndPoint peer) => Expected = new ExpectedConnection(this, peer);

    /// <summary>Peers can no longer connect. Those that wait in the listeners' queues are accepted as before.</summary>
    internal void RefuseNew()
    {
        RefuseInMemory?.Invoke();
        foreach (var listener in listeners)
        {
            listener.RefuseNew();
        }
    }

    /// <summary>Ends when the loop has accepted what waits and has closed the listeners. Nothing is accepted afterwards.</summary>
    internal async Task StopAsync()
    {
        RefuseNew();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await (_loop ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>Closes the listeners even if the loop has not ended.</summary>
    public void Dispose()
    {
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        _stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        foreach (var listener in listeners)
        {
            new PendingAccept(
                listener, accept ?? (static (socket, stopping) => socket.AcceptAsync(stopping)), _ready.Writer, stopping).Begin();
        }

        var inARow = 0;
        for (var pending = listeners.Count; pending > 0;)
        {
            var next = await _ready.Reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            _passes++;
            _isInPass = true;
            if (stopping.IsCancellationRequested)
            {
                End(next);
                pending--;
            }
            else if (IsReady(next, stopping))
            {
                inARow = next.Begin() ? 0 : inARow + 1;
            }

            _isInPass = false;
            if (inARow == MaxInARow)
            {
                inARow = 0;
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }
    }

    /// <summary>Nothing is pending on the listener any more: accepts what waits in its queue, and closes it.</summary>
    private void End(PendingAccept last)
    {
        var waiting = ListenerClosing.TakeWaiting(last.Listener.Socket);
        // Before any of them is served: its peer would connect again, to a queue that nobody empties.
        last.Listener.Dispose();
        if (last.Socket is { } socket)
        {
            Admit(socket, last.Listener);
        }

        foreach (var connection in waiting)
        {
            Admit(connection, last.Listener);
        }
    }

    /// <summary>Passes on what was accepted. True when the listener may accept again at once; otherwise it pauses.</summary>
    private bool IsReady(PendingAccept accept, CancellationToken stopping)
    {
        if (accept.Failure is { } failure && !AcceptError.IsPeerGone(failure))
        {
            _ = AcceptFailure.PauseAsync(accept, failure, time, guard, stopping);
            return false;
        }

        if (accept.Socket is { } socket)
        {
            accept.Pause = TimeSpan.Zero;
            Admit(socket, accept.Listener);
        }

        return true;
    }

    private void Admit(Socket socket, Listener listener)
    {
        try
        {
            if (_expected?.TryTake(socket) == true)
            {
                return;
            }

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
}

/// <summary>
/// One listener's accept, used again for each connection. Its results are valid from when it is queued until it begins again.
/// </summary>
internal sealed class PendingAccept(
    Listener listener,
    Func<Socket, CancellationToken, ValueTask<Socket>> accept,
    ChannelWriter<PendingAccept> ready,
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
        ready.TryWrite(this);
    }
}
