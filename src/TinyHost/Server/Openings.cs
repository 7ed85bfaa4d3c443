// Owns: the connections of one server that are still being opened. They count in its ConnectionTable.

using System.Collections.Concurrent;

namespace TinyHost;

/// <summary>Exists only where a listener's connections have to be opened before HTTP.</summary>
/// <param name="services">What the connections share.</param>
/// <param name="inline">Null to serve connections on the thread pool.</param>
/// <param name="givenUp">Cancelled when connections are no longer served.</param>
internal sealed class Openings(ServerServices services, InlineCompletions? inline, CancellationToken givenUp)
{
    private readonly ConcurrentDictionary<OpeningConnection, OpeningConnection> _open = new();
    private readonly List<ConnectionOpener> _started = [];

    /// <summary>
    /// Starts the steps of the listeners, each once. Throws <see cref="ServerStartException"/>; <see cref="StopOpeners"/> must follow
    /// all the same.
    /// </summary>
    internal void StartOpeners(List<Listener> listeners, OpenerStart server)
    {
        foreach (var listener in listeners)
        {
            foreach (var opener in listener.Openers ?? [])
            {
                if (!_started.Contains(opener))
                {
                    _started.Add(opener);
                    opener.Start(server);
                }
            }
        }
    }

    internal void StopOpeners() => _started.ForEach(opener => opener.Stop());

    internal OpeningConnection Add(AcceptedConnection accepted)
    {
        var opening = new OpeningConnection(services, this, accepted);
        services.Connections.Enter();
        return _open[opening] = opening;
    }

    /// <summary>The connection has been closed.</summary>
    internal void Remove(OpeningConnection opening)
    {
        if (_open.TryRemove(opening, out _))
        {
            services.Connections.Leave();
        }
    }

    /// <summary>Serves a connection that is open now, on the thread that opened it.</summary>
    internal void Serve(Connection connection, OpeningConnection opened, SocketTransport accepted)
    {
        // In this order, so that a stop does not miss it. From here on the deadline for opening it is over.
        services.Connections.Add(connection);
        Remove(opened);
        // Pairs with the stop, which may have looked for connections already: either it finds this one, or it is seen here.
        Interlocked.MemoryBarrier();
        if (services.Connections.IsStopping)
        {
            connection.CloseIfIdle();
        }

        if (givenUp.IsCancellationRequested)
        {
            connection.Abort();
        }

        if (inline is null)
        {
            ((IThreadPoolWorkItem)connection).Execute();
        }
        else
        {
            inline.Serve(connection, accepted);
        }
    }

    /// <summary>The heartbeat ticks.</summary>
    internal void Sweep(long now)
    {
        foreach (var (opening, _) in _open)
        {
            opening.Sweep(now);
        }
    }

    /// <summary>The server stops.</summary>
    internal void End()
    {
        foreach (var (opening, _) in _open)
        {
            opening.End();
        }
    }

    /// <summary>The server has waited long enough.</summary>
    internal void Abort()
    {
        foreach (var (opening, _) in _open)
        {
            opening.Abort();
        }
    }
}
