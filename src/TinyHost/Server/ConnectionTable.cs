// Owns: the open connections of one server, and waiting for the last to end.

namespace TinyHost;

internal sealed class ConnectionTable
{
    private readonly Lock _lock = new();
    // Replaced by a larger one when it is full, never changed otherwise than by setting and clearing places.
    private Connection?[] _places = new Connection?[16];
    // The places below _taken that are free again: a stack.
    private int[] _free = new int[16];
    private int _freeCount;
    private int _taken;
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private long _requestsOfClosed;
    private volatile bool _isDraining;
    private volatile bool _isStopping;
    private volatile bool _isClosed;

    /// <summary>
    /// True once a stop has begun: each response is its connection's last, unless a whole request has been received behind it. Connections
    /// are still accepted and idle ones stay open until <see cref="IsStopping"/>.
    /// </summary>
    internal bool IsDraining => _isDraining;

    /// <summary>True once the server stops: each connection closes after its current response.</summary>
    internal bool IsStopping => _isStopping;

    internal int Count => Volatile.Read(ref _count);

    /// <summary>The number of requests that have begun. Approximate while connections close.</summary>
    internal long RequestCount
    {
        get
        {
            var count = Interlocked.Read(ref _requestsOfClosed);
            foreach (var connection in Connections)
            {
                count += connection.Request.Number;
            }

            return count;
        }
    }

    /// <summary>How many requests and open streams a stop has cut off.</summary>
    internal int CutOff { get; set; }

    /// <summary>The connections, without a lock: some may open or close during the enumeration.</summary>
    internal IEnumerable<Connection> Connections
    {
        get
        {
            var places = Volatile.Read(ref _places);
            for (var i = 0; i < places.Length; i++)
            {
                if (Volatile.Read(ref places[i]) is { } connection)
                {
                    yield return connection;
                }
            }
        }
    }

    /// <summary>The connections that are still being opened; null unless a listener has such connections.</summary>
    internal Openings? Openings { get; set; }

    internal Connection Add(Connection connection)
    {
        Enter();
        lock (_lock)
        {
            connection.Place = _freeCount > 0 ? _free[--_freeCount] : NewPlace();
            Volatile.Write(ref _places[connection.Place], connection);
        }

        return connection;
    }

    internal void Remove(Connection connection)
    {
        if (TryRemove(connection))
        {
            Interlocked.Add(ref _requestsOfClosed, connection.Request.Number);
            Leave();
        }
    }

    /// <summary>Counts a connection. <see cref="Leave"/> must follow.</summary>
    internal void Enter() => Interlocked.Increment(ref _count);

    internal void Leave()
    {
        if (Interlocked.Decrement(ref _count) == 0 && _isClosed)
        {
            _emptied.TrySetResult();
        }
    }

    internal void BeginDraining() => _isDraining = true;

    /// <summary>No connection is added from now on. Ends when the last connection has ended.</summary>
    internal Task EmptyAsync()
    {
        _isClosed = true;
        Interlocked.MemoryBarrier();
        if (Count == 0)
        {
            _emptied.TrySetResult();
        }

        return _emptied.Task;
    }

    /// <summary>Closes idle connections now and busy ones after their response. Ends when the last connection has ended.</summary>
    internal Task CloseAsync()
    {
        _isDraining = true;
        _isStopping = true;
        // A connection added meanwhile is found below, or sees that the server is stopping.
        Interlocked.MemoryBarrier();
        foreach (var connection in Connections)
        {
            connection.CloseIfIdle();
        }

        Openings?.End();
        return EmptyAsync();
    }

    // The caller has the lock.
    private int NewPlace()
    {
        if (_taken == _places.Length)
        {
            Array.Resize(ref _free, 2 * _taken);
            var places = new Connection?[2 * _taken];
            _places.CopyTo(places, 0);
            Volatile.Write(ref _places, places);
        }

        return _taken++;
    }

    /// <summary>False for a connection that is not in the table.</summary>
    private bool TryRemove(Connection connection)
    {
        lock (_lock)
        {
            if (_places[connection.Place] != connection)
            {
                return false;
            }

            _places[connection.Place] = null;
            _free[_freeCount++] = connection.Place;
            return true;
        }
    }
}
