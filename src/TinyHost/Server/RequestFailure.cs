// Owns: how a request ends that has failed: with a refusal, a 500, or a connection cut off.

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>A struct, made where a request fails, so that connections without failures hold nothing for it.</summary>
internal readonly struct RequestFailure(ServerServices server, Exchange exchange, ConnectionInfo info)
{
    /// <summary>Answers a request that never reached the chain. Nothing after it is read as a request.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Refuse()
    {
        var reason = exchange.Rejection;
        server.Rejections.Add(info, reason);
        exchange.State.Refuse(reason.ToCloseReason());
        exchange.Response.Begin(exchange.IsHead, isConnect: false, isHttp10: false);
        ErrorResponse.Set(exchange.Response, reason.StatusCode(), reason);
        exchange.Response.Complete();
    }

    /// <summary>
    /// The handler failed, its peer left, or it left operations pending. Null when its response is to be completed; otherwise the request
    /// has ended: false if the connection is cut off.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool? TryEnd(RequestContext context, Exception? failure, LeftBehind left)
    {
        if (exchange.Transport.HasFailed)
        {
            if (failure is not null && failure != context.Failure && HandlerFailure.IsError(failure, context))
            {
                LogFailure(context, failure);
            }

            return CutOff(CloseReason.ResetByPeer);
        }

        if (failure is OperationCanceledException && context.HasLeft)
        {
            return GiveUp();
        }

        if (failure is ContentUnwantedException && exchange.IsHead)
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

        if ((left & LeftBehind.Read) != 0)
        {
            // A pending read could take part of the next request.
            exchange.State.EndPersistence();
        }

        return failure is null ? null : Answer(context, failure);
    }

    /// <summary>Answers with 500 if the response has not started. False if the connection is cut off.</summary>
    internal bool Answer(RequestContext context, Exception failure)
    {
        if (failure is not RequestRejectedException)
        {
            LogFailure(context, failure);
        }

        if (exchange.State.HasResponseStarted)
        {
            // The peer must see that the response is incomplete.
            return CutOff(CloseReason.ResponseAborted);
        }

        ErrorResponse.Set(exchange.Response, 500);
        exchange.Response.Complete();
        return true;
    }

    // After malformed content the connection cannot be trusted, even if the handler caught the exception. Returns the remaining failure.
    private Exception? AnswerRejection(Exception? failure)
    {
        var refusal = failure as RequestRejectedException;
        var reason = exchange.Rejection != RejectReason.None ? exchange.Rejection : refusal!.Reason;
        server.Rejections.Add(info, reason);
        if (refusal is null || exchange.State.HasResponseStarted)
        {
            return failure;
        }

        ErrorResponse.Set(exchange.Response, reason.StatusCode(), reason);
        return null;
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

    private bool CutOff(CloseReason reason)
    {
        exchange.State.Close(reason);
        exchange.Transport.Abort();
        return false;
    }

    private void LogFailure(RequestContext context, Exception failure) =>
        Log.HandlerFailed(server.Logger, failure, context.Request.Method, context.Request.LoggedPath(), info.Id);
}
