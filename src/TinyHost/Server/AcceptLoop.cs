// Owns: accepting connections on every listener in one loop until the server stops, whatever goes wrong meanwhile.

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>
/// One accept is pending on each listener. Those that complete are queued for the one loop, which passes the connection on and accepts
/// again. The loop runs on the thread of the accept that completes while the queue is empty: as an async method, it would have to be
/// compiled during the start. After a failure a listener pauses while the others go on. When the loop stops, it accepts the connections
/// that wait in the listeners' queues: their peers believe to be connected, and closing the listener would reset them.
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
    Func<Socket, CancellationToken, ValueTask<Socket>>? accept = null) : IThreadPoolWorkItem, IDisposable
{
    // A flood of connections must not keep the thread, which with inline completions serves others too.
    private const int MaxInARow = 64;

    private readonly Queue<PendingAccept> _ready = new();
    private readonly Lock _queue = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // Guarded by _queue: whether a thread runs the loop, or will.
    private bool _isRunning = true;
    // False until the start, which a handover delays.
    private volatile bool _hasStarted;
    // The listeners whose accepts have begun; null before.
    private int? _pending;
    private int _passes;
    private volatile bool _isInPass;
    private volatile ExpectedConnection? _expected;

    /// <summary>How many results of accepts the loop has begun to work on.</summary>
    internal int Passes => Volatile.Read(in _passes);

    /// <summary>Whether the loop works on the result of an accept now. It waits for the next one otherwise.</summary>
    internal bool IsInPass => _isInPass;

    /// <summary>True once the loop has ended.</summary>
    internal bool HasEnded => _ended.Task.IsCompleted;

    /// <summary>Where connections in memory are refused from <see cref="RefuseNew"/> on; null without any.</summary>
    internal Action? RefuseInMemory { get; init; }

    /// <summary>The connection of the server's own that is to come; null for none.</summary>
    internal ExpectedConnection? Expected { get => _expected; set => _expected = value; }

    internal void Start()
    {
        _hasStarted = true;
        // Connections inherit the execution context of the loop, which must not be the caller's.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
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
        await (_hasStarted ? _ended.Task : Task.CompletedTask).ConfigureAwait(false);
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

    /// <summary>The result of an accept, or the end of a pause. Runs the loop if no thread does.</summary>
    internal void Queue(PendingAccept accept)
    {
        lock (_queue)
        {
            _ready.Enqueue(accept);
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        Run();
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_pending is null)
        {
            _pending = listeners.Count;
            foreach (var listener in listeners)
            {
                new PendingAccept(this, listener, accept ?? (static (socket, stopping) => socket.AcceptAsync(stopping)), _stopping.Token)
                    .Begin();
            }
        }

        Run();
    }

    private void Run()
    {
        try
        {
            var inARow = 0;
            while (_pending > 0 && TryTake() is { } next)
            {
                _passes++;
                _isInPass = true;
                if (_stopping.IsCancellationRequested)
                {
                    End(next);
                    _pending--;
                }
                else if (IsReady(next, _stopping.Token))
                {
                    inARow = next.Begin() ? 0 : inARow + 1;
                }

                _isInPass = false;
                if (inARow == MaxInARow)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    return;
                }
            }

            if (_pending == 0)
            {
                _ended.TrySetResult();
            }
        }
#pragma warning disable CA1031 // Thrown by the stop that waits for the end.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _ended.TrySetException(failure);
        }
    }

    /// <summary>Null if nothing is queued: then the loop no longer runs.</summary>
    private PendingAccept? TryTake()
    {
        lock (_queue)
        {
            _isRunning = _ready.TryDequeue(out var next);
            return next;
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
