// Owns: how each request ends on the wire: the handler's response, a refusal, a 500, or a connection cut off.
// Does not own: reading requests or sending octets (Connection).

using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class Outcome(
    ServerServices server, RequestContext context, ResponseWriter response, ContentReader content, HeadReader head, Deadline deadline)
{
    /// <summary>The handler has ended: completes the response, or makes the best of what the handler left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal After Of(Exception? failure)
    {
        if (context.IsAborted || failure is PeerGoneException)
        {
            return After.Abort;
        }

        if (failure is ContentUnwantedException)
        {
            // The response is as complete as one to HEAD can be.
            failure = null;
        }

        if (response.IsSending)
        {
            LogFailure(failure ?? new InvalidOperationException(
                "The handler ended while a write was under way: await every WriteAsync and FlushAsync before returning."));
            return After.Abort;
        }

        // Malformed content: what follows it on the connection cannot be trusted, whatever the handler made of the exception.
        var refusal = failure as RequestRejectedException;
        if (content.Rejection != RejectReason.None || refusal is not null)
        {
            var reason = content.Rejection != RejectReason.None ? content.Rejection : refusal!.Reason;
            CountRejection(reason);
            if (!context.Response.HasStarted && refusal is not null)
            {
                Rejection.Answer(context.Response, reason.StatusCode(), reason);
                failure = null;
            }
        }

        if (failure is not null and not RequestRejectedException)
        {
            LogFailure(failure);
        }

        if (server.Connections.IsClosing && !context.Response.HasStarted)
        {
            // Whoever waits for the stop must not be told that the connection stays.
            response.Persistent = false;
        }

        return failure is null ? Complete() : AnswerFailure();
    }

    /// <summary>Answers a request that never reached the chain. Nothing behind it is ever read as a request.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal After Refuse()
    {
        var reason = head.Rejection;
        CountRejection(reason);
        response.Begin(isHead: context.Request.IsHead, isConnect: false, http10: false, persistent: false);
        Rejection.Answer(context.Response, reason.StatusCode(), reason);
        response.Complete();
        return After.Close;
    }

    /// <summary>Why a connection ended that had come so far.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal CloseReason WhyClosed(After after, bool peerGone) => deadline.Expired switch
    {
        Waiting.Idle => CloseReason.IdleTimeout,
        Waiting.Send => CloseReason.ResponseTooSlow,
        _ when after == After.Close => WhyLast(),
        _ when context.IsAborted && server.Connections.IsClosing => CloseReason.ServerStopped,
        _ when peerGone => CloseReason.ResetByPeer,
        _ => after == After.Abort ? CloseReason.ResponseAborted : CloseReason.ServerStopped,
    };

    private CloseReason WhyLast()
    {
        var rejection = head.Rejection != RejectReason.None ? head.Rejection : content.Rejection;
        return rejection switch
        {
            RejectReason.HeaderSectionTimeout => CloseReason.HeaderSectionTimeout,
            RejectReason.BodyTooSlow => CloseReason.ContentTooSlow,
            RejectReason.UnexpectedEnd => CloseReason.ResetByPeer,
            not RejectReason.None => CloseReason.RequestRejected,
            _ => response.Framing == ResponseFraming.Upgraded ? CloseReason.UpgradeEnded
                : server.Connections.IsClosing ? CloseReason.ServerStopped
                : head.IsAtEnd ? CloseReason.ClosedByPeer
                : CloseReason.AfterResponse,
        };
    }

    private After Complete()
    {
        if (content.IsReading && !context.Response.HasStarted)
        {
            // The read the handler left would take part of the next request.
            response.Persistent = false;
        }

        try
        {
            response.Complete();
        }
        catch (InvalidOperationException e)
        {
            // The handler declared one thing and did another.
            LogFailure(e);
            return AnswerFailure();
        }

        return Next();
    }

    private After AnswerFailure()
    {
        if (context.Response.HasStarted)
        {
            // Cut off is the only honest end of a response that cannot be finished.
            return After.Abort;
        }

        Rejection.Answer(context.Response, 500);
        response.Complete();
        return Next();
    }

    // Persistence was settled when the head went out; content may have been refused since. What follows it is no request then.
    private After Next() => response.Persistent && content.Rejection == RejectReason.None ? After.Continue : After.Close;

    private void LogFailure(Exception failure) =>
        Log.HandlerFailed(server.Logger, failure, context.Request.Method, context.Request.LoggedPath(), context.Connection.Id);

    private void CountRejection(RejectReason reason)
    {
        server.Metrics.RequestRejected(reason);
        Log.RequestRejected(server.Logger, context.Connection.Id, context.Connection.RemoteEndPoint, reason.Name());
    }
}
