// Owns: how each request ends on the wire: the handler's response, a refusal, a 500, or a connection cut off.
// Does not own: reading requests or sending octets (Connection).

using System.Runtime.CompilerServices;

namespace TinyHost;

internal sealed class Outcome(ServerServices server, Wire wire, ConnectionInfo info)
{
    /// <summary>
    /// The handler has ended: completes the response, or makes the best of what the handler left. False when the connection was cut off.
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
            // The response is as complete as one to HEAD can be.
            failure = null;
        }

        // Not HasFlag: until the code is compiled for good, that makes objects of its operands.
        if ((left & LeftBehind.Write) != 0 || ((left & LeftBehind.Read) != 0 && wire.Content.IsContinuing))
        {
            LogFailure(context, failure ?? new InvalidOperationException(
                "The handler ended while it was still sending: await every WriteAsync and FlushAsync, and every read, before returning."));
            return CutOff(CloseReason.ResponseAborted);
        }

        // Malformed content: what follows it on the connection cannot be trusted, whatever the handler made of the exception.
        var refusal = failure as RequestRejectedException;
        if (wire.Content.Rejection != RejectReason.None || refusal is not null)
        {
            var reason = wire.Content.Rejection != RejectReason.None ? wire.Content.Rejection : refusal!.Reason;
            CountRejection(reason);
            if (!wire.State.HasResponseStarted && refusal is not null)
            {
                Rejection.Answer(wire.Response, reason.StatusCode(), reason);
                failure = null;
            }
        }

        if (failure is not null and not RequestRejectedException)
        {
            LogFailure(context, failure);
        }

        // A read left behind could take part of the next request; and during a stop no peer must be told that the connection stays.
        if ((left & LeftBehind.Read) != 0 || (server.Connections.IsClosing && !wire.State.HasResponseStarted))
        {
            wire.State.EndPersistence();
        }

        return failure is null ? Complete(context) : AnswerFailure();
    }

    /// <summary>Answers a request that never reached the chain. Nothing behind it is ever read as a request.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Refuse(RejectReason reason, bool isHead)
    {
        CountRejection(reason);
        wire.State.Refuse(reason.ToCloseReason());
        wire.Response.Begin(isHead, isConnect: false, http10: false);
        Rejection.Answer(wire.Response, reason.StatusCode(), reason);
        wire.Response.Complete();
    }

    private bool Complete(RequestContext context)
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
            // The handler declared one thing and did another.
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
            // Cut off is the only honest end of a response that cannot be finished.
            return CutOff(CloseReason.ResponseAborted);
        }

        Rejection.Answer(wire.Response, 500);
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

    private void CountRejection(RejectReason reason)
    {
        server.Metrics.RequestRejected(reason);
        Log.RequestRejected(server.Logger, info.Id, info.RemoteEndPoint, reason.Name());
    }
}
