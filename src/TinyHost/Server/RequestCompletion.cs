// Owns: completing the response when a handler has ended. What else may end a request is in RequestFailure.

using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class RequestCompletion(ServerServices server, Exchange exchange, ConnectionInfo info)
{
    private RequestFailure Failure => new(server, exchange, info);

    /// <summary>
    /// The handler has ended, perhaps with an exception: completes the response or answers the failure. False if the connection is cut off.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool Complete(RequestContext context, Exception? failure, LeftBehind left)
    {
        if (server.Connections.IsClosing && !exchange.State.HasResponseStarted)
        {
            // During a stop no response may promise that the connection stays open.
            exchange.State.EndPersistence();
        }

        var isFailed = failure is not null
            || left != LeftBehind.Nothing
            || exchange.Rejection != RejectReason.None
            || exchange.Transport.HasFailed;
        return (isFailed ? Failure.TryEnd(context, failure, left) : null) ?? CompleteResponse(context);
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
            return Failure.Answer(context, e);
        }
    }
}
