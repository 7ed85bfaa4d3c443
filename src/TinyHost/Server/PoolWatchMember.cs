// Owns: one server's part in the watch over the thread pool, from its start to its stop: its limit, its series and its log.
// Does not own: the watch (PoolWatch).

namespace TinyHost;

/// <summary>Disposing of it leaves the watch.</summary>
internal sealed class PoolWatchMember(PoolWatch watch, int mostBlocked, PoolFindings before) : IDisposable
{
    private PoolFindings _seen = before;
    private int _ticksToAsk;

    internal int MostBlocked => mostBlocked;

    /// <summary>The server's heartbeat ticks: it reports what is new.</summary>
    internal void Tick(ServerServices server)
    {
        var findings = watch.Tick();
        if (findings.Probes != _seen.Probes)
        {
            server.Metrics.QueueDelayed(findings.Delay);
        }

        if (findings.TimesHeldUnseen != _seen.TimesHeldUnseen)
        {
            // Whether a handler is at work for longer shows at the tick after the next.
            _ticksToAsk = 3;
        }

        if (_ticksToAsk > 0)
        {
            _ticksToAsk--;
            foreach (var connection in server.Connections.Connections)
            {
                connection.Handling.NoteBlocking(isKnown: false);
            }
        }

        _seen = findings;
        server.SocketThreads.TellNoted();
    }

    public void Dispose() => watch.Leave(this);
}
