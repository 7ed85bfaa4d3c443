// Owns: how each request ends on the wire: with the handler's response, a refusal, a 500, or a connection cut off.

using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class RequestCompletion(ServerServices server, Wire wire, ConnectionInfo info)
{
    /// <summary>
    /// The handler has ended, perhaps with an exception: completes the response or answers the failure. False if the connection is cut off.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool Complete(RequestContext context, Exception? failure, LeftBehind left)
    {
        if (wire.Transport.HasFailed)
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
        if ((left & LeftBehind.Write) != 0 || ((left & LeftBehind.Read) != 0 && wire.Content.IsContinuing))
        {
            LogFailure(context, failure ?? new InvalidOperationException(
                "The handler ended while it was still sending: await every WriteAsync and FlushAsync, and every read, before returning."));
            return CutOff(CloseReason.ResponseAborted);
        }

        failure = AnswerMalformedContent(failure);
        if (failure is not null and not RequestRejectedException)
        {
            LogFailure(context, failure);
        }

        // A pending read could take part of the next request; and during a stop no response may promise that the connection stays open.
        if ((left & LeftBehind.Read) != 0 || (server.Connections.IsClosing && !wire.State.HasResponseStarted))
        {
            wire.State.EndPersistence();
        }

        return failure is null ? CompleteResponse(context) : AnswerFailure();
    }

    /// <summary>Answers a request that never reached the chain. Nothing after it is read as a request.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Refuse(RejectReason reason, bool isHead)
    {
        Count(reason);
        wire.State.Refuse(reason.ToCloseReason());
        wire.Response.Begin(isHead, isConnect: false, http10: false);
        ErrorResponse.Set(wire.Response, reason.StatusCode(), reason);
        wire.Response.Complete();
    }

    // After malformed content the connection cannot be trusted, even if the handler caught the exception. Returns the remaining failure.
    private Exception? AnswerMalformedContent(Exception? failure)
    {
        var refusal = failure as RequestRejectedException;
        var reason = wire.Content.Rejection;
        if (reason == RejectReason.None)
        {
            if (refusal is null)
            {
                return failure;
            }

            reason = refusal.Reason;
        }

        Count(reason);
        if (refusal is null || wire.State.HasResponseStarted)
        {
            return failure;
        }

        ErrorResponse.Set(wire.Response, reason.StatusCode(), reason);
        return null;
    }

    private bool CompleteResponse(RequestContext context)
    {
        if (wire.State.Writing == Writing.Upgraded)
        {
            wire.State.Close(CloseReason.UpgradeEnded);
            return true;
        }

        try
        {
            wire.Response.Complete();
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
        if (wire.State.HasResponseStarted)
        {
            return CutOff(CloseReason.ResetByPeer);
        }

        wire.State.EndReading(CloseReason.ResetByPeer);
        return true;
    }

    private bool AnswerFailure()
    {
        if (wire.State.HasResponseStarted)
        {
            // The peer must see that the response is incomplete.
            return CutOff(CloseReason.ResponseAborted);
        }

        ErrorResponse.Set(wire.Response, 500);
        wire.Response.Complete();
        return true;
    }

    private bool CutOff(CloseReason reason)
    {
        wire.State.Close(reason);
        wire.Transport.Abort();
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
