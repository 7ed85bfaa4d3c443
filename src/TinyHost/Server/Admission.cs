// Owns: turning an accepted socket into a connection that is served, or turning it away.
// Does not own: accepting (AcceptLoop), or the limits (Gate).

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>Called by the accept loop alone.</summary>
internal sealed class Admission(ServerServices services, Dictionary<Listener, Gate> gates, SocketSettings settings, CancellationToken givenUp)
{
    // Over all servers and starts: a number in the log means one connection.
    private static long s_lastId;

    private long _lastTurnedAway = -1;
    private volatile Connection? _serving;

    /// <summary>The connection whose first turn the accept loop's thread takes.</summary>
    internal Connection? Serving => _serving;

    /// <summary>Serves an accepted socket, or closes it. Throws only what leaves no slot taken.</summary>
    internal void Admit(Socket socket, Listener listener)
    {
        if (ReadEnds(socket, listener) is not { } info)
        {
            socket.Dispose();
            return;
        }

        services.Metrics.ConnectionAccepted();
        var gate = gates[listener];
        if (!gate.TryEnter(Descriptors.LeftAfter(socket), out var whyNot))
        {
            TurnAway(info, whyNot!);
            socket.Dispose();
            return;
        }

        if (TryOpen(socket, info, listener, gate) is not { } connection)
        {
            socket.Dispose();
            return;
        }

        if (Thread.CurrentThread.IsThreadPoolThread)
        {
            // A handler that blocks must not keep the loop from accepting.
            ThreadPool.UnsafeQueueUserWorkItem(connection, preferLocal: false);
            return;
        }

        // Completions inline: no handler may block, and the way to another thread would cost more than most requests do.
        _serving = connection;
        _ = connection.ServeAsync();
        _serving = null;
    }

    internal void ReportUnsetOptions()
    {
        if (settings.TakeFailures() is { } failures)
        {
            Log.SocketOptionsNotSet(services.Logger, failures);
        }
    }

    /// <summary>A connection in the table; null if that fails, or if the server no longer waits for any. The slot is given back then.</summary>
    private Connection? TryOpen(Socket socket, ConnectionInfo info, Listener listener, Gate gate)
    {
        Connection? connection = null;
        try
        {
            if (!givenUp.IsCancellationRequested)
            {
                connection = new Connection(services, new SocketTransport(socket), info, listener.BasePathsAt(info.LocalEndPoint.Address), gate);
                services.Connections.Add(connection);
            }
        }
        finally
        {
            if (connection is null)
            {
                gate.Leave();
            }
        }

        return connection;
    }

    // A flood must not become a flood of log lines: the counter has them all.
    private void TurnAway(ConnectionInfo info, string why)
    {
        services.Metrics.ConnectionRejected(why);
        var now = services.Heartbeat.Now;
        if (now != _lastTurnedAway)
        {
            _lastTurnedAway = now;
            Log.ConnectionTurnedAway(services.Logger, info.RemoteEndPoint, services.Connections.Count, why);
        }
    }

    private ConnectionInfo? ReadEnds(Socket socket, Listener listener)
    {
        try
        {
            settings.SetAccepted(socket);
            ReportUnsetOptions();
            return new ConnectionInfo(Interlocked.Increment(ref s_lastId), ReadEnd(socket.LocalEndPoint, listener), ReadEnd(socket.RemoteEndPoint, listener));
        }
        catch (SocketException)
        {
            // Gone before it was looked at.
            return null;
        }
    }

    private static IPEndPoint ReadEnd(EndPoint? end, Listener listener)
    {
        var ip = end as IPEndPoint ?? listener.EndPoint;
        return ip.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port) : ip;
    }
}
