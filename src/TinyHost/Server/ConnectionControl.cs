// Owns: what the heartbeat and a stop do to a connection from other threads. They wake or abort it, and never
// touch its buffers.

namespace TinyHost;

internal static class ConnectionControl
{
    /// <summary>The heartbeat ticks.</summary>
    internal static void Sweep(this Connection connection, long now)
    {
        var transport = connection.Http1Connection.Transport;
        var request = connection.Request;
        request.Tick();
        request.Context.Tick(now);
        if (connection.Http1Connection.Deadline.TryExpire(now) is not Waiting.None and var expired)
        {
            if (expired == Waiting.Send)
            {
                connection.Http1Connection.State.RecordCloseReason(CloseReason.ResponseTooSlow);
                transport.Abort();
            }
            else
            {
                // The woken code first takes what has arrived, then checks the deadline, and can still answer.
                transport.Wake();
            }

            Log.DeadlineOver(connection.Request.Context.Logger, connection.Info.Id, expired);
        }
        else if (request is { IsHandlerRunning: true, Context: { IsWatched: true } watched } && transport.Peer != PeerState.Present)
        {
            watched.NoticeLeft();
        }
    }

    /// <summary>True while a response has started and not ended, and on an upgraded connection.</summary>
    internal static bool IsStreaming(this Connection connection) =>
        connection.Http1Connection.State.Writing is Writing.Head or Writing.Content or Writing.Upgraded;

    /// <summary>The server begins to stop: cancels <see cref="RequestContext.Stopping"/> if the handler has read it.</summary>
    internal static void AnnounceStop(this Connection connection) => connection.Request.Context.AnnounceStop();

    /// <summary>The server stops: an idle connection closes now, a busy one after its response.</summary>
    internal static void CloseIfIdle(this Connection connection)
    {
        connection.Http1Connection.State.IsStopping = true;
        connection.Http1Connection.Transport.Wake();
    }

    /// <summary>The server has waited long enough. False when no handler was running.</summary>
    internal static bool Abort(this Connection connection)
    {
        var wasRunning = connection.Request.IsHandlerRunning;
        connection.Http1Connection.State.RecordCloseReason(CloseReason.ServerStopped);
        connection.Http1Connection.Transport.Abort();
        connection.Request.Context.NoticeLeft();
        return wasRunning;
    }
}
