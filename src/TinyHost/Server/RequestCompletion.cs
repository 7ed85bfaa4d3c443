// Owns: completing the response when a handler has ended. RequestFailure takes over if the request has failed.

using System.Runtime.CompilerServices;

namespace TinyHost;

internal static class RequestCompletion
{
    /// <summary>
    /// The handler has ended, perhaps with an exception: completes the response or answers the failure. False if the connection is cut off.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static bool TryComplete(
        ServerServices server, Http1Connection http1, RequestContext context, Exception? failure, LeftBehind left)
    {
        if (server.Connections.IsDraining && !http1.State.HasResponseStarted && !http1.HasNextRequest)
        {
            // During a stop no response may promise that the connection stays open, except for requests that have already arrived.
            http1.State.EndPersistence();
        }

        var isFailed = failure is not null
            || left != LeftBehind.Nothing
            || http1.Rejection != RejectReason.None
            || context.AnsweredRefusal is not null
            || http1.Transport.HasFailed
            || http1.IsUnreadTooLarge;
        var ending = isFailed ? RequestFailure.End(server, http1, context, failure, left) : FailureEnding.ResponseDue;
        for (var isReplaced = false; ending == FailureEnding.ResponseDue; isReplaced = true)
        {
            ending = EndResponse(server, http1, context, isReplaced);
        }

        return ending != FailureEnding.CutOff;
    }

    private static FailureEnding EndResponse(ServerServices server, Http1Connection http1, RequestContext context, bool isReplaced)
    {
        if (http1.State.Writing == Writing.Upgraded)
        {
            http1.State.RecordCloseReason(CloseReason.UpgradeEnded);
            return FailureEnding.Answered;
        }

        if (http1.Writer.StartCallbacks is not null && LastCallbacks.Run(http1) is { } failure)
        {
            return RequestFailure.AnswerCallback(server, http1, context, failure);
        }

        try
        {
            http1.Writer.Complete();
            return FailureEnding.Answered;
        }
        catch (InvalidOperationException e)
        {
            // The content does not match what the handler, or a callback of OnStarting, declared. A callback that has spoilt one error
            // would spoil the next.
            http1.Writer.StartCallbacks = isReplaced ? null : http1.Writer.StartCallbacks;
            return RequestFailure.Answer(server, http1, context, e);
        }
    }
}
