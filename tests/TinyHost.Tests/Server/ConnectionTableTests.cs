using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class ConnectionTableTests
{
    private readonly ConnectionTable _table = new();

    [Fact]
    public void Connections_are_found_until_they_are_removed_however_many_there_are()
    {
        using var server = new MemoryServer(_ => Task.CompletedTask);
        var connections = Enumerable.Range(0, 100).Select(_ => NewConnection(server)).ToList();
        connections.ForEach(connection => _table.Add(connection));
        Assert.Equal(connections, _table.Connections);
        foreach (var connection in connections.Where((_, i) => i % 3 == 0).ToList())
        {
            _table.Remove(connection);
            connections.Remove(connection);
        }

        Assert.Equal(connections, _table.Connections);
        var later = Enumerable.Range(0, 50).Select(_ => NewConnection(server)).ToList();
        later.ForEach(connection => _table.Add(connection));
        Assert.Equal(connections.Concat(later).ToHashSet(), _table.Connections.ToHashSet());
        Assert.Equal(connections.Count + later.Count, _table.Count);
    }

    [Fact]
    public void Removing_a_connection_that_is_not_in_the_table_changes_nothing()
    {
        using var server = new MemoryServer(_ => Task.CompletedTask);
        var (first, second) = (NewConnection(server), NewConnection(server));
        _table.Remove(second);
        _table.Add(first);
        _table.Remove(second);
        Assert.Equal([first], _table.Connections);
        _table.Remove(first);
        _table.Remove(first);
        Assert.Equal(0, _table.Count);
        Assert.Empty(_table.Connections);
    }

    // Never served.
    private static Connection NewConnection(MemoryServer server) => server.NewConnection();
}
