// Owns: the list of open connections of one server, and the wait for its end.
// Does not own: the connections' own lives.

using System.Collections.Concurrent;

namespace TinyHost;

internal sealed class ConnectionTable
{
    private readonly ConcurrentDictionary<long, Connection> _connections = new();
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private volatile bool _closed;

    internal int Count => Volatile.Read(ref _count);

    /// <summary>A snapshot that need not be consistent: connections come and go meanwhile.</summary>
    internal IEnumerable<Connection> Connections
    {
        get
        {
            foreach (var (_, connection) in _connections)
            {
                yield return connection;
            }
        }
    }

    internal void Add(Connection connection)
    {
        Interlocked.Increment(ref _count);
        _connections[connection.Id] = connection;
    }

    internal void Remove(Connection connection)
    {
        if (_connections.TryRemove(connection.Id, out _) && Interlocked.Decrement(ref _count) == 0 && _closed)
        {
            _emptied.TrySetResult();
        }
    }

    /// <summary>No connection is added any more; ends when the last one is gone.</summary>
    internal Task CloseAsync()
    {
        _closed = true;
        if (Count == 0)
        {
            _emptied.TrySetResult();
        }

        return _emptied.Task;
    }
}
