// Owns: how a failed request ends: with a refusal, a 500, or a connection cut off.

using System.Runtime.CompilerServices;

namespace TinyHost;

internal enum FailureEnding
{
    /// <summary>The response is still to be completed.</summary>
    ResponseDue,

    /// <summary>The request has been answered, or needs no answer.</summary>
    Answered,

    /// <summary>The connection has been aborted.</summary>
    CutOff,
}

internal static class RequestFailure
{
    /// <summary>Answers a request that never reached the chain. Nothing after it is read as a request.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Refuse(ServerServices server, Http1Connection http1, ConnectionInfo info, bool isMonitoring)
    {
        var reason = http1.Rejection;
        server.Rejections.AddRequest(info, reason);
        http1.State.Refuse(reason.ToCloseReason());
        http1.Writer.Begin(http1.IsHeadMethod, isConnect: false, isHttp10: false);
        ErrorResponse.Set(http1.Writer, reason.StatusCode(), reason.Words());
        http1.Writer.Complete();
        server.Stages.Refused?.Invoke(RefusedRequest.Read(http1, info, isMonitoring, reason.StatusCode(), reason.Name()));
    }

    /// <summary>The handler failed, its peer left, or it left operations pending.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static FailureEnding End(
        ServerServices server, Http1Connection http1, RequestContext context, Exception? failure, LeftBehind left)
    {
        if (http1.Transport.HasFailed)
        {
            if (failure is not null && failure != context.ReportedFailure && HandlerFailure.IsError(failure, context))
            {
                LogFailure(server, context, failure);
            }

            return CutOff(http1, CloseReason.ResetByPeer);
        }

        // Not HasFlag, which boxes its operands until the code is optimized.
        var isStillSending = (left & LeftBehind.Write) != 0 || ((left & LeftBehind.Read) != 0 && http1.ContentReader.IsContinuing);
        if (failure is OperationCanceledException && context.HasLeft)
        {
            return isStillSending ? CutOff(http1, CloseReason.ResetByPeer) : GiveUp(http1);
        }

        if (failure is ContentUnwantedException && http1.IsHeadMethod)
        {
            // The response to HEAD is as complete as it can be.
            failure = null;
        }

        if (isStillSending)
        {
            LogFailure(server, context, failure ?? new InvalidOperationException(
                "The handler ended while it was still sending: await every WriteAsync and FlushAsync, and every read, before returning."));
            return CutOff(http1, CloseReason.ResponseAborted);
        }

        failure ??= context.RefuseUnread();
        if (http1.Rejection != RejectReason.None || failure is RequestRejectedException || context.AnsweredRefusal is not null)
        {
            failure = RefuseContent(server, http1, context, failure);
        }

        if ((left & LeftBehind.Read) != 0)
        {
            // A pending read could take part of the next request.
            http1.State.EndPersistence();
        }

        return failure is null ? FailureEnding.ResponseDue : Answer(server, http1, context, failure);
    }

    /// <summary>A callback of OnStarting has thrown: its exception counts like one of the handler.</summary>
    internal static FailureEnding AnswerCallback(
        ServerServices server, Http1Connection http1, RequestContext context, Exception failure)
    {
        if (HandlerFailure.RefusalIn(failure, context) is not { } refusal)
        {
            return Answer(server, http1, context, failure);
        }

        // A request is counted as refused once.
        if (context.Refusal == RejectReason.None)
        {
            context.AnsweredRefusal = refusal;
            server.Rejections.AddRequest(context.Connection, refusal.Reason);
        }

        ErrorResponse.Set(http1.Writer, refusal.StatusCode, refusal.Explanation);
        return FailureEnding.ResponseDue;
    }

    /// <summary>Replaces the response by a 500 if it has not started; otherwise cuts the connection off.</summary>
    internal static FailureEnding Answer(ServerServices server, Http1Connection http1, RequestContext context, Exception failure)
    {
        if (failure is not RequestRejectedException)
        {
            LogFailure(server, context, failure);
        }

        if (http1.State.HasResponseStarted || http1.State.IsWritePending || http1.ContentReader.IsContinuing)
        {
            // The peer must see that the response is incomplete.
            return CutOff(http1, CloseReason.ResponseAborted);
        }

        ErrorResponse.Set(http1.Writer, 500);
        return FailureEnding.ResponseDue;
    }

    // Counts the refusal, and answers it unless the response has started. Returns the failure still to be handled.
    private static Exception? RefuseContent(ServerServices server, Http1Connection http1, RequestContext context, Exception? failure)
    {
        var refusal = failure as RequestRejectedException;
        context.AnsweredRefusal = refusal ?? context.AnsweredRefusal;
        var reason = context.Refusal;
        server.Rejections.AddRequest(context.Connection, reason);
        if (refusal is null || http1.State.HasResponseStarted)
        {
            return failure;
        }

        ErrorResponse.Set(http1.Writer, reason.StatusCode(), refusal.Reason == reason ? refusal.Explanation : reason.Words());
        return null;
    }

    // The handler gave up because its peer has left. A peer that has only finished sending may still be taking earlier responses.
    private static FailureEnding GiveUp(Http1Connection http1)
    {
        if (http1.State.HasResponseStarted)
        {
            return CutOff(http1, CloseReason.ResetByPeer);
        }

        http1.State.EndReading(CloseReason.ResetByPeer);
        return FailureEnding.Answered;
    }

    private static FailureEnding CutOff(Http1Connection http1, CloseReason reason)
    {
        http1.State.RecordCloseReason(reason);
        http1.Transport.Abort();
        return FailureEnding.CutOff;
    }

    private static void LogFailure(ServerServices server, RequestContext context, Exception failure) =>
        Log.HandlerFailed(server.Logger, failure, context.Request.Method, context.Request.LoggedPath(), context.Connection.Id);
}
