// Owns: turning an accepted socket into a connection that is served, or closing it.

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>Called by the accept loop alone. Without <paramref name="inline"/> connections start on the thread pool.</summary>
internal sealed class Admission(
    ServerServices services,
    Dictionary<Listener, ConnectionQuota> quotas,
    SocketSettings settings,
    InlineCompletions? inline,
    CancellationToken givenUp)
{
    // Shared by all servers of the process and their starts, so that a number in the log means one connection.
    private static long s_lastId;

    private readonly bool _mustSetOptions = !settings.AreInherited;
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

        if (givenUp.IsCancellationRequested)
        {
            quota.Leave();
            socket.Dispose();
            return;
        }

        try
        {
            Serve(socket, info, listener, quota);
        }
        catch
        {
            quota.Leave();
            throw;
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
            if (_mustSetOptions)
            {
                settings.SetAccepted(socket);
                LogUnsetOptions();
            }

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
