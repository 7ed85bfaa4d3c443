// Owns: one of the runtime's socket threads: how long it may stay with one connection, and which connection blocks it.

namespace TinyHost;

/// <summary>
/// A thread serves its sockets in turns. A turn begins when a connection's receive completes, and ends when the connection next has to
/// wait. A peer that always has more to send would never let it end: after a number of steps, operations that complete at once and calls of
/// the handler, the connection moves to the thread pool until it next has to wait.
/// </summary>
internal sealed class SocketThread
{
    private const int MaxSteps = 64;

    // A thread that never blocks keeps its processor for a whole time slice, some milliseconds, while peers and other threads wait.
    // Yielding this rarely still leaves it a fair share beside processes that compute without end (docs/performance.md).
    private const int TurnsBeforeYield = 128;

    // To yield is to give up the rest of a slice: with short slices it costs less, and may happen more often.
    private const int TurnsOfShortSlice = 64;

    /// <summary>The time slice of a socket thread, where the kernel allows shorter ones than its own.</summary>
    internal const int SliceMicroseconds = 1_000;

    [ThreadStatic]
    private static SocketThread? s_current;

    private static SocketThread[] s_all = [];

    private volatile IInlineConnection? _connection;
    private InlineCompletions? _server;
    private bool _isListed;
    private int _turn;
    private int _lastTurnSeen;
    private int _turnsSinceYield;
    private int _turnsBeforeYield;
    private int _steps;

    /// <summary>The current thread; null on a thread of the pool.</summary>
    internal static SocketThread? Current => s_current ?? Create();

    /// <summary>Another operation has completed at once. True when the connection should leave the socket thread.</summary>
    internal static bool IsTurnOver()
    {
        if (Current is not { } thread || ++thread._steps < MaxSteps)
        {
            return false;
        }

        thread._steps = 0;
        return true;
    }

    /// <summary>A handler is called. The requests of one receive must not all be served in one turn.</summary>
    internal static void CountStep()
    {
        if (Current is { } thread)
        {
            thread._steps++;
        }
    }

    /// <summary>
    /// Reports each connection of the server whose turn has lasted since the last call. True if there was one. One caller for each server
    /// at a time.
    /// </summary>
    internal static bool ReportBlocked(InlineCompletions server)
    {
        var isAny = false;
        foreach (var thread in Volatile.Read(ref s_all))
        {
            var turn = Volatile.Read(ref thread._turn);
            if (thread._connection is { } connection && thread._server == server)
            {
                if (thread._lastTurnSeen == turn)
                {
                    connection.ReportBlockedThread(isCertain: true);
                    isAny = true;
                }

                thread._lastTurnSeen = turn;
            }
        }

        return isAny;
    }

    internal void BeginTurn(InlineCompletions server, IInlineConnection connection)
    {
        // Only threads that have turns: threads that a handler makes must not stay listed.
        if (!_isListed)
        {
            _isListed = true;
            _turnsBeforeYield = TimeSlice.TryShorten(SliceMicroseconds) ? TurnsOfShortSlice : TurnsBeforeYield;
            List(this);
        }

        _steps = 0;
        _server = server;
        Volatile.Write(ref _turn, _turn + 1);
        _connection = connection;
    }

    internal void EndTurn()
    {
        _connection = null;
        if (++_turnsSinceYield == _turnsBeforeYield)
        {
            _turnsSinceYield = 0;
            Thread.Yield();
        }
    }

    private static SocketThread? Create() => Thread.CurrentThread.IsThreadPoolThread ? null : s_current = new SocketThread();

    private static void List(SocketThread thread)
    {
        SocketThread[] all;
        do
        {
            all = Volatile.Read(ref s_all);
        }
        while (Interlocked.CompareExchange(ref s_all, [.. all, thread], all) != all);
    }
}
