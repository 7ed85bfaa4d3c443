// Owns: the list of open connections of one server, and the wait for its end.
// Does not own: the connections' own lives.

using System.Collections.Concurrent;

namespace TinyHost;

internal sealed class ConnectionTable
{
    private readonly ConcurrentDictionary<Connection, Connection> _connections = new();
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IEnumerator<KeyValuePair<Connection, Connection>>? _idleWalk;
    private int _count;
    private volatile bool _closing;

    /// <summary>True once the server stops: every response is its connection's last.</summary>
    internal bool IsClosing => _closing;

    internal int Count => Volatile.Read(ref _count);

    /// <summary>A snapshot that need not be consistent: connections come and go meanwhile.</summary>
    internal Snapshot Connections => new(this);

    internal void Add(Connection connection)
    {
        Interlocked.Increment(ref _count);
        _connections[connection] = connection;
    }

    internal void Remove(Connection connection)
    {
        if (_connections.TryRemove(connection, out _) && Interlocked.Decrement(ref _count) == 0 && _closing)
        {
            _emptied.TrySetResult();
        }
    }

    /// <summary>
    /// No connection is added any more: idle ones close now, busy ones after their response. Ends when the last one is gone.
    /// </summary>
    internal Task CloseAsync()
    {
        _closing = true;
        // Pairs with Add: a connection is found below, or sees that the server is closing.
        Interlocked.MemoryBarrier();
        foreach (var connection in Connections)
        {
            connection.CloseIfIdle();
        }

        if (Count == 0)
        {
            _emptied.TrySetResult();
        }

        return _emptied.Task;
    }

    /// <summary>What a loop goes through. The walk of one is used again by the next, so that it allocates nothing.</summary>
    internal readonly struct Snapshot(ConnectionTable table)
    {
        public Walk GetEnumerator() => new(table);
    }

    internal readonly struct Walk(ConnectionTable table) : IDisposable
    {
        private readonly IEnumerator<KeyValuePair<Connection, Connection>> _walk =
            Interlocked.Exchange(ref table._idleWalk, null) ?? table._connections.GetEnumerator();

        public Connection Current => _walk.Current.Key;

        public bool MoveNext() => _walk.MoveNext();

        public void Dispose()
        {
            // It holds no connection while it is idle.
            _walk.Reset();
            Volatile.Write(ref table._idleWalk, _walk);
        }
    }
}
