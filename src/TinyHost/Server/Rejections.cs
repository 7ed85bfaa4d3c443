// Owns: counting and logging what the server refuses: connections over a quota or not opened as they must be, and requests that break the
// protocol.

using Microsoft.Extensions.Logging;

namespace TinyHost;

internal sealed class Rejections(ServerMetrics metrics, Heartbeat heartbeat, ConnectionTable connections, ILogger logger)
{
    private long _lastLogged = -1;
    private long _lastOpeningLogged = -1;

    /// <summary>A connection is closed at once. Called by the accept loop alone.</summary>
    internal void AddConnection(ConnectionInfo connection, string reason)
    {
        metrics.ConnectionRejected(reason);
        // Logged once a second at most, so that a flood of connections is no flood of log lines. The counter has them all.
        var now = heartbeat.Now;
        if (now != _lastLogged)
        {
            _lastLogged = now;
            Log.ConnectionTurnedAway(logger, connection.RemoteEndPoint, connections.Count, reason);
        }
    }

    /// <summary>A connection is closed before HTTP. Logged as rarely.</summary>
    internal void AddOpening(ConnectionInfo connection, OpeningRefusal refusal)
    {
        metrics.ConnectionRejected(refusal.Reason);
        var now = heartbeat.Now;
        if (Interlocked.Exchange(ref _lastOpeningLogged, now) != now)
        {
            Log.OpeningRefused(logger, connection.RemoteEndPoint, refusal.Words, refusal.Reason);
        }
    }

    /// <summary>A request on this connection is refused. The server's own does not count.</summary>
    internal void AddRequest(ConnectionInfo connection, RejectReason reason)
    {
        if (connection.IsProbe)
        {
            return;
        }

        metrics.RequestRejected(reason);
        Log.RequestRejected(logger, connection.Id, connection.RemoteEndPoint, reason.Name());
    }
}
