// Owns: what an exception thrown by a handler means, whatever it is wrapped in: a refusal, a departed peer, or an error of the handler.

using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class HandlerFailure
{
    // COR_E_IO: what managed code throws. An error of the operating system, such as a full disk, has its own code.
    private const int ManagedIoError = unchecked((int)0x80131620);

    /// <summary>True for an error of the handler; false for a refusal and for whatever a departed peer or an aborted connection causes.</summary>
    internal static bool IsError(Exception exception, RequestContext context) =>
        Find(exception, context) is null && !IsDeparture(exception, context);

    /// <summary>
    /// The exception that decides how the request ends: the refusal or the lost connection found inside <paramref name="exception"/>, else
    /// the exception itself. Null when the peer left an upgraded connection or broke its protocol: then the connection ends without an error.
    /// </summary>
    internal static Exception? CauseOf(Exception exception, RequestContext context)
    {
        var found = Find(exception, context);
        if (found is not null || !IsDeparture(exception, context))
        {
            return found ?? exception;
        }

        PeerLeft(context.Logger, exception.Message, context.Connection.Id);
        return null;
    }

    private static Exception? Find(Exception exception, RequestContext context) => exception switch
    {
        RequestRejectedException or ContentUnwantedException => exception,
        // Of another connection it is an error of this handler.
        PeerGoneException when context.IsAborted => exception,
        OperationCanceledException when context.HasLeft => exception,
        AggregateException several => FindInAll(several, context),
        // Thrown again at every later use of the type: it says nothing about this request.
        TypeInitializationException => null,
        { InnerException: { } inner } => Find(inner, context),
        _ => null,
    };

    // One error of the handler among several exceptions makes all of them an error. A lost connection outweighs a refusal: nobody is left to read it.
    private static Exception? FindInAll(AggregateException several, RequestContext context)
    {
        Exception? decisive = null;
        foreach (var inner in several.InnerExceptions)
        {
            var found = Find(inner, context);
            if (found is null)
            {
                return null;
            }

            if (decisive is null || found is PeerGoneException || (found is RequestRejectedException && decisive is not PeerGoneException))
            {
                decisive = found;
            }
        }

        return decisive;
    }

    private static bool IsDeparture(Exception exception, RequestContext context) =>
        context.Upgraded is { } stream && IsDeparture(exception, stream.HasPeerLeft);

    private static bool IsDeparture(Exception exception, bool hasPeerLeft) => exception switch
    {
        PeerGoneException => hasPeerLeft,
        // The peer sent what the protocol forbids, or left a ping unanswered for too long.
        WebSocketException { WebSocketErrorCode: WebSocketError.Faulted } => true,
        WebSocketException or EndOfStreamException or OperationCanceledException or IOException { HResult: ManagedIoError } when hasPeerLeft => true,
        // A WebSocket that gives its peer up disposes the stream, which ends the pending read.
        AggregateException { InnerExceptions: var several } =>
            several.Any(inner => IsDeparture(inner, hasPeerLeft)) && several.All(inner => inner is ObjectDisposedException || IsDeparture(inner, hasPeerLeft)),
        { InnerException: { } inner } => IsDeparture(inner, hasPeerLeft),
        _ => false,
    };

    [LoggerMessage(41, LogLevel.Debug, "Connection {Connection}: the peer ended the upgraded connection: {Reason}")]
    private static partial void PeerLeft(ILogger logger, string reason, long connection);
}
