// Owns: turning an accepted socket into a connection that is served, or closing it.

using System.Net;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>Called by the accept loop alone.</summary>
/// <param name="services">What the connections share.</param>
/// <param name="quotas">Each listener's quota.</param>
/// <param name="prepare">Sets the options of an accepted socket; null where it inherits them.</param>
/// <param name="inline">Null to serve connections on the thread pool.</param>
/// <param name="givenUp">Cancelled when connections are no longer served.</param>
internal sealed class Admission(
    ServerServices services,
    Dictionary<Listener, ConnectionQuota> quotas,
    Action<Socket>? prepare,
    InlineCompletions? inline,
    CancellationToken givenUp)
{
    // Shared by all servers of the process and their starts, so that a number in the log means one connection.
    private static long s_lastId;

    /// <summary>Serves an accepted socket or closes it. After an exception the caller must close it.</summary>
    internal void Admit(Socket socket, Listener listener)
    {
        prepare?.Invoke(socket);
        if (ReadEndPoints(socket, listener) is not { } info)
        {
            socket.Dispose();
            return;
        }

        if (TryEnter(info, listener, Descriptors.LeftAfter(socket)) is not { } quota)
        {
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

    /// <summary>Takes a place for a connection that has been accepted; null if the caller must close it.</summary>
    internal ConnectionQuota? TryEnter(ConnectionInfo info, Listener listener, int descriptorsLeft)
    {
        services.Metrics.ConnectionAccepted();
        var quota = quotas[listener];
        if (quota.TryEnter(descriptorsLeft) is { } reason)
        {
            services.Rejections.AddConnection(info, reason);
            return null;
        }

        if (givenUp.IsCancellationRequested)
        {
            quota.Leave();
            return null;
        }

        return quota;
    }

    /// <summary>The number of the next connection.</summary>
    internal static long NextId() => Interlocked.Increment(ref s_lastId);

    private void Serve(Socket socket, ConnectionInfo info, Listener listener, ConnectionQuota quota)
    {
        var transport = inline?.Open(socket) ?? new SocketTransport(socket);
        var openedAt = services.Metrics.ConnectionOpened();
        IInlineConnection connection = listener.Openers is null
            ? services.Connections.Add(Connect(services, transport, info, listener, quota, openedAt))
            : services.Connections.Openings!.Add(new AcceptedConnection(transport, info, listener, quota, openedAt));
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

    /// <summary>A connection that speaks HTTP from here on.</summary>
    internal static Connection Connect(
        ServerServices services, Transport transport, ConnectionInfo info, Listener listener, ConnectionQuota quota, long openedAt)
    {
        var http1 = new Http1Connection(transport, services.Heartbeat, services.LimitsOf(listener), services.Buffers);
        return new Connection(services, http1, info, listener.BasePathsAt(info.LocalEndPoint.Address), quota, openedAt);
    }

    /// <summary>Null if the peer has left already.</summary>
    private static ConnectionInfo? ReadEndPoints(Socket socket, Listener listener)
    {
        try
        {
            if (listener.EndPoint is UnixEndPoint unix)
            {
                return new ConnectionInfo(NextId(), unix, new UnixEndPoint(""), listener.Names, PeerCredentials.Read(socket));
            }

            if (socket.RemoteEndPoint is not IPEndPoint remote)
            {
                return null;
            }

            var local = ToIPv4(listener.AsStagesKnow(socket.LocalEndPoint as IPEndPoint ?? listener.EndPoint));
            return new ConnectionInfo(NextId(), local, ToIPv4(remote), listener.Names);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static IPEndPoint ToIPv4(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
