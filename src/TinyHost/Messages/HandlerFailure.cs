// Owns: what an exception from a handler means, whatever it is wrapped in: a refusal, a departed peer, or an error of the handler; and
// logging the exceptions of a handler's cancellation callbacks. Also the error for a handler that returns null.

using System.Diagnostics;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class HandlerFailure
{
    // COR_E_IO: what managed code throws. An error of the operating system, such as a full disk, has its own code.
    private const int ManagedIoError = unchecked((int)0x80131620);

    /// <summary>
    /// True for an error of the handler; false for a refusal and for the consequences of a departed peer or an aborted connection.
    /// </summary>
    internal static bool IsError(Exception exception, RequestContext context) =>
        Find(exception, context) is null && !IsDeparture(exception, context);

    /// <summary>The refusal that decides how the request ends, whatever it is wrapped in; null if none does.</summary>
    internal static RequestRejectedException? RefusalIn(Exception exception, RequestContext context) =>
        Find(exception, context) as RequestRejectedException;

    /// <summary>
    /// The exception that decides how the request ends: the refusal or lost connection inside <paramref name="exception"/>, otherwise
    /// the exception itself. Null if the peer left an upgraded connection or broke its protocol: then the connection ends without an error.
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

    /// <summary>
    /// Cancels the source of a handler's token. Its callbacks run on the thread pool: the caller neither waits for them nor sees their
    /// exceptions.
    /// </summary>
    internal static void Cancel(CancellationTokenSource? source, RequestContext context)
    {
        if (source?.CancelAsync() is { IsCompletedSuccessfully: false } cancelled)
        {
            _ = LogFailuresAsync(cancelled, context.Logger, context.Connection.Id);
        }
    }

    /// <summary>The exception for a handler that returned null. <paramref name="place"/> says where the handler stands.</summary>
    internal static InvalidOperationException ReturnedNull(Delegate handler, string place) =>
        new($"{place} ({NameOf(handler)}) returned null instead of a task.");

    private static async Task LogFailuresAsync(Task cancelled, ILogger logger, long connection)
    {
        try
        {
            await cancelled.ConfigureAwait(false);
        }
        catch (AggregateException failures)
        {
            foreach (var failure in failures.Flatten().InnerExceptions)
            {
                CallbackFailed(logger, failure, connection);
            }
        }
    }

    private static Exception? Find(Exception exception, RequestContext context) => exception switch
    {
        RequestRejectedException or ContentUnwantedException => exception,
        // From another connection, it is an error of this handler.
        PeerGoneException when context.IsAborted => exception,
        OperationCanceledException when context.HasLeft => exception,
        AggregateException several => FindInAll(several, context),
        // Thrown again whenever the type is used: its cause is not this request.
        TypeInitializationException => null,
        { InnerException: { } inner } => Find(inner, context),
        _ => null,
    };

    // One error of the handler makes all of them an error. A lost connection outweighs a refusal, which nobody could read.
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
        WebSocketException or EndOfStreamException or OperationCanceledException when hasPeerLeft => true,
        IOException { HResult: ManagedIoError } when hasPeerLeft => true,
        // A WebSocket that gives up on its peer disposes the stream, which ends the pending read.
        AggregateException { InnerExceptions: var several } =>
            several.Any(inner => IsDeparture(inner, hasPeerLeft))
            && several.All(inner => inner is ObjectDisposedException || IsDeparture(inner, hasPeerLeft)),
        { InnerException: { } inner } => IsDeparture(inner, hasPeerLeft),
        _ => false,
    };

    // Lambdas and local functions have compiler-generated names: <Method>b__0_1, in a class such as <>c.
    private static string NameOf(Delegate handler)
    {
        if (handler.Target is Stage stage)
        {
            return stage.GetType().ToString();
        }

        if (DiagnosticMethodInfo.Create(handler) is not { DeclaringTypeName: { } type } method)
        {
            return "a method without a name";
        }

        var closure = type.IndexOf("+<", StringComparison.Ordinal);
        type = closure < 0 ? type : type[..closure];
        var end = method.Name.IndexOf('>');
        return method.Name.StartsWith('<') && end > 0 ? $"a function in {type}.{method.Name[1..end]}" : $"{type}.{method.Name}";
    }

    [LoggerMessage(40, LogLevel.Error, "A callback of the token that tells a handler to end failed on connection {Connection}.")]
    private static partial void CallbackFailed(ILogger logger, Exception exception, long connection);

    [LoggerMessage(41, LogLevel.Debug, "Connection {Connection}: the peer ended the upgraded connection: {Reason}")]
    private static partial void PeerLeft(ILogger logger, string reason, long connection);
}
