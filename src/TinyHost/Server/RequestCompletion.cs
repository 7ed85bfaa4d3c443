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
        ServerServices server, Exchange exchange, RequestContext context, Exception? failure, LeftBehind left)
    {
        if (server.Connections.IsStopping && !exchange.State.HasResponseStarted)
        {
            // During a stop no response may promise that the connection stays open.
            exchange.State.EndPersistence();
        }

        var isFailed = failure is not null
            || left != LeftBehind.Nothing
            || exchange.Rejection != RejectReason.None
            || exchange.Transport.HasFailed;
        var ending = isFailed ? RequestFailure.End(server, exchange, context, failure, left) : FailureEnding.ResponseDue;
        if (ending == FailureEnding.ResponseDue)
        {
            ending = EndResponse(server, exchange, context);
        }

        return ending != FailureEnding.CutOff;
    }

    private static FailureEnding EndResponse(ServerServices server, Exchange exchange, RequestContext context)
    {
        if (exchange.State.Writing == Writing.Upgraded)
        {
            exchange.State.RecordCloseReason(CloseReason.UpgradeEnded);
            return FailureEnding.Answered;
        }

        try
        {
            exchange.Writer.Complete();
            return FailureEnding.Answered;
        }
        catch (InvalidOperationException e)
        {
            // The content does not match what the handler declared.
            return RequestFailure.Answer(server, exchange, context, e);
        }
    }
}
