// Owns: how each request ends on the wire: with the handler's response, a refusal, a 500, or a connection cut off.

using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class RequestCompletion(ServerServices server, Exchange exchange, ConnectionInfo info)
{
    /// <summary>
    /// The handler has ended, perhaps with an exception: completes the response or answers the failure. False if the connection is cut off.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool Complete(RequestContext context, Exception? failure, LeftBehind left)
    {
        if (exchange.Transport.HasFailed)
        {
            return CutOff(CloseReason.ResetByPeer);
        }

        if (failure is OperationCanceledException && context.HasLeft)
        {
            return GiveUp();
        }

        if (failure is ContentUnwantedException && context.Request.IsHead)
        {
            // The response to HEAD is as complete as it can be.
            failure = null;
        }

        // Not HasFlag, which boxes its operands until the code is optimized.
        if ((left & LeftBehind.Write) != 0 || ((left & LeftBehind.Read) != 0 && exchange.Content.IsContinuing))
        {
            LogFailure(context, failure ?? new InvalidOperationException(
                "The handler ended while it was still sending: await every WriteAsync and FlushAsync, and every read, before returning."));
            return CutOff(CloseReason.ResponseAborted);
        }

        if (exchange.Rejection != RejectReason.None || failure is RequestRejectedException)
        {
            failure = AnswerRejection(failure);
        }

        if (failure is not null and not RequestRejectedException)
        {
            LogFailure(context, failure);
        }

        // A pending read could take part of the next request; and during a stop no response may promise that the connection stays open.
        if ((left & LeftBehind.Read) != 0 || (server.Connections.IsClosing && !exchange.State.HasResponseStarted))
        {
            exchange.State.EndPersistence();
        }

        return failure is null ? CompleteResponse(context) : AnswerFailure();
    }

    /// <summary>Answers a request that never reached the chain. Nothing after it is read as a request.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Refuse()
    {
        var reason = exchange.Rejection;
        Count(reason);
        exchange.State.Refuse(reason.ToCloseReason());
        exchange.Response.Begin(exchange.IsHead, isConnect: false, isHttp10: false);
        ErrorResponse.Set(exchange.Response, reason.StatusCode(), reason);
        exchange.Response.Complete();
    }

    // After malformed content the connection cannot be trusted, even if the handler caught the exception. Returns the remaining failure.
    private Exception? AnswerRejection(Exception? failure)
    {
        var refusal = failure as RequestRejectedException;
        var reason = exchange.Rejection != RejectReason.None ? exchange.Rejection : refusal!.Reason;
        Count(reason);
        if (refusal is null || exchange.State.HasResponseStarted)
        {
            return failure;
        }

        ErrorResponse.Set(exchange.Response, reason.StatusCode(), reason);
        return null;
    }

    private bool CompleteResponse(RequestContext context)
    {
        if (exchange.State.Writing == Writing.Upgraded)
        {
            exchange.State.Close(CloseReason.UpgradeEnded);
            return true;
        }

        try
        {
            exchange.Response.Complete();
            return true;
        }
        catch (InvalidOperationException e)
        {
            // The content does not match what the handler declared.
            LogFailure(context, e);
            return AnswerFailure();
        }
    }

    // The handler gave up because its peer has left. A peer that has only finished sending may still be taking earlier responses.
    private bool GiveUp()
    {
        if (exchange.State.HasResponseStarted)
        {
            return CutOff(CloseReason.ResetByPeer);
        }

        exchange.State.EndReading(CloseReason.ResetByPeer);
        return true;
    }

    private bool AnswerFailure()
    {
        if (exchange.State.HasResponseStarted)
        {
            // The peer must see that the response is incomplete.
            return CutOff(CloseReason.ResponseAborted);
        }

        ErrorResponse.Set(exchange.Response, 500);
        exchange.Response.Complete();
        return true;
    }

    private bool CutOff(CloseReason reason)
    {
        exchange.State.Close(reason);
        exchange.Transport.Abort();
        return false;
    }

    private void LogFailure(RequestContext context, Exception failure) =>
        Log.HandlerFailed(server.Logger, failure, context.Request.Method, context.Request.LoggedPath(), info.Id);

    private void Count(RejectReason reason)
    {
        server.Metrics.RequestRejected(reason);
        Log.RequestRejected(server.Logger, info.Id, info.RemoteEndPoint, reason.Name());
    }
}
