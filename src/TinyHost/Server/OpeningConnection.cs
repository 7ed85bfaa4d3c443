// Owns: the life of a connection between its acceptance and HTTP, on listeners whose prefixes demand more than HTTP.

namespace TinyHost;

/// <summary>
/// Runs the listener's steps in the connection's own task, then serves the connection. It has a place in the quota and counts as open all
/// the time. The heartbeat and a stop end its waiting, as they do for a <see cref="Connection"/>.
/// </summary>
/// <param name="services">What the connections share.</param>
/// <param name="openings">Has the connection until it is open or closed.</param>
/// <param name="accepted">What was accepted.</param>
internal sealed class OpeningConnection(ServerServices services, Openings openings, AcceptedConnection accepted) : IInlineConnection
{
    private readonly ConnectionOpening _opening =
        new(accepted.Transport, accepted.Info.RemoteEndPoint, services.Heartbeat, services.LimitsOf(accepted.Listener), services.Pool);

    private CloseReason _closeReason;
    private bool _isExpired;

    void IThreadPoolWorkItem.Execute() => _ = OpenAsync();

    // No handler runs, and the steps do not block.
    void IInlineConnection.ReportBlockedThread(bool isCertain)
    {
    }

    /// <summary>The heartbeat ticks.</summary>
    internal void Sweep(long now)
    {
        if (_isExpired)
        {
            // A whole tick was not enough to notice: the peer does not take what is sent.
            _opening.Abort();
        }
        else if (_opening.TryExpire(now))
        {
            _isExpired = true;
            Record(CloseReason.OpeningTimeout);
            _opening.End();
            Log.DeadlineOver(services.Logger, accepted.Info.Id, Waiting.Opening);
        }
    }

    /// <summary>The server stops. What has arrived may still open the connection: a whole request may follow.</summary>
    internal void End()
    {
        Record(CloseReason.ServerStopped);
        _opening.End();
    }

    /// <summary>The server has waited long enough.</summary>
    internal void Abort()
    {
        Record(CloseReason.ServerStopped);
        _opening.Abort();
    }

    /// <summary>Never throws.</summary>
    private async Task OpenAsync()
    {
        Connection? connection = null;
        try
        {
            connection = await RunStepsAsync().ConfigureAwait(false) ? Connect() : null;
        }
        catch (IOException)
        {
            var isOrderly = _opening.HasPeerFinished && _opening.Received.UnreadCount == 0;
            Record(isOrderly ? CloseReason.ClosedByPeer : CloseReason.ResetByPeer);
        }
#pragma warning disable CA1031 // A fault here must cost one connection, not the process, and must be logged.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Record(CloseReason.Fault);
            Log.ConnectionFaulted(services.Logger, e, accepted.Info.Id);
        }

        if (connection is null)
        {
            Close();
        }
        else
        {
            openings.Serve(connection, this, accepted.Transport);
        }
    }

    /// <summary>False when the connection was refused.</summary>
    private async ValueTask<bool> RunStepsAsync()
    {
        foreach (var opener in accepted.Listener.Openers!)
        {
            if (await opener.OpenAsync(_opening).ConfigureAwait(false) is { } refusal)
            {
                Record(CloseReason.OpeningRefused);
                services.Rejections.AddOpening(accepted.Info, refusal);
                return false;
            }
        }

        return true;
    }

    private Connection Connect()
    {
        var tls = (_opening.Transport as TlsTransport)?.Info;
        var info = accepted.Info.From(_opening.PeerEndPoint, _opening.ProxyEndPoint, tls);
        var connection = Admission.Connect(
            services, _opening.Transport, info, accepted.Listener, accepted.Quota, accepted.OpenedAt);
        connection.Http1Connection.IsSecure = tls is not null;
        connection.Http1Connection.Rejection = _opening.Rejection;
        var unread = _opening.Received.Unread;
        while (!unread.IsEmpty)
        {
            var received = connection.Http1Connection.Received;
            var room = received.Room().Span;
            var count = Math.Min(room.Length, unread.Length);
            unread[..count].CopyTo(room);
            received.Received(count);
            unread = unread[count..];
        }

        _opening.Received.Consume(_opening.Received.UnreadCount);
        _opening.Received.Release();
        return connection;
    }

    private void Close()
    {
        try
        {
            _opening.Transport.Dispose();
            _opening.Received.Release();
            services.Metrics.ConnectionClosed(accepted.OpenedAt, _closeReason);
        }
        finally
        {
            accepted.Quota.Leave();
            openings.Remove(this);
        }
    }

    private void Record(CloseReason reason) => Interlocked.CompareExchange(ref _closeReason, reason, CloseReason.None);
}
