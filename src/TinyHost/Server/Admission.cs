// Owns: turning an accepted socket into a connection that is served, or closing it.

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>Called by the accept loop alone.</summary>
/// <param name="services">What connections share.</param>
/// <param name="quotas">How many connections each listener may have.</param>
/// <param name="settings">The options of accepted sockets.</param>
/// <param name="inline">Opens and starts connections on socket threads; null to start them on the thread pool.</param>
/// <param name="stopAborted">Cancelled when a stop no longer waits for connections.</param>
internal sealed class Admission(
    ServerServices services,
    Dictionary<Listener, ConnectionQuota> quotas,
    SocketSettings settings,
    InlineCompletions? inline,
    CancellationToken stopAborted)
{
    // Shared by all servers of the process and their starts, so that a number in the log means one connection.
    private static long s_lastId;

    private long _lastLogged = -1;

    /// <summary>Serves an accepted socket or closes it. After an exception the caller must close it.</summary>
    internal void Admit(Socket socket, Listener listener)
    {
        if (ReadEndPoints(socket, listener) is not { } info)
        {
            socket.Dispose();
            return;
        }

        services.Metrics.ConnectionAccepted();
        var quota = quotas[listener];
        if (quota.TryEnter(Descriptors.LeftAfter(socket)) is { } reason)
        {
            TurnAway(info, reason);
            socket.Dispose();
            return;
        }

        var isServed = false;
        try
        {
            if (!stopAborted.IsCancellationRequested)
            {
                Serve(socket, info, listener, quota);
                isServed = true;
            }
        }
        finally
        {
            if (!isServed)
            {
                quota.Leave();
                socket.Dispose();
            }
        }
    }

    internal void LogUnsetOptions()
    {
        if (settings.TakeFailures() is { } failures)
        {
            Log.SocketOptionsNotSet(services.Logger, failures);
        }
    }

    private void Serve(Socket socket, ConnectionInfo info, Listener listener, ConnectionQuota quota)
    {
        var transport = inline?.Open(socket) ?? new SocketTransport(socket);
        var connection = new Connection(services, transport, info, listener.BasePathsAt(info.LocalEndPoint.Address), quota);
        services.Connections.Add(connection);
        if (inline is null)
        {
            // A handler that blocks must not keep the loop from accepting.
            ThreadPool.UnsafeQueueUserWorkItem(connection, preferLocal: false);
        }
        else
        {
            inline.Serve(connection, transport);
        }
    }

    // Logged once a second at most, so that a flood of connections is no flood of log lines. The counter has them all.
    private void TurnAway(ConnectionInfo info, string reason)
    {
        services.Metrics.ConnectionRejected(reason);
        var now = services.Heartbeat.Now;
        if (now != _lastLogged)
        {
            _lastLogged = now;
            Log.ConnectionTurnedAway(services.Logger, info.RemoteEndPoint, services.Connections.Count, reason);
        }
    }

    /// <summary>Null if the peer has left already.</summary>
    private ConnectionInfo? ReadEndPoints(Socket socket, Listener listener)
    {
        try
        {
            settings.SetAccepted(socket);
            LogUnsetOptions();
            var local = ToIPv4(socket.LocalEndPoint as IPEndPoint ?? listener.EndPoint);
            var remote = ToIPv4(socket.RemoteEndPoint as IPEndPoint ?? listener.EndPoint);
            return new ConnectionInfo(Interlocked.Increment(ref s_lastId), local, remote);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static IPEndPoint ToIPv4(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
