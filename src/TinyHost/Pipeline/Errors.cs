// Owns: what becomes of an exception that a handler lets out.
// Does not own: refusals of the peer's request (the connection answers them), or whether the connection can be kept (the connection knows
// what of the request is still unread).

using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The stage that answers for handlers that throw.</summary>
public static class Errors
{
    /// <summary>
    /// Middleware that logs an exception once, as an error, and answers with 500, keeping the fields that outer stages have set. When the
    /// response has started already, the connection is aborted, so that the peer sees that the content is cut short, and the exception goes on.
    /// <see cref="RequestRejectedException"/> passes untouched, and so do the <see cref="IOException"/> or
    /// <see cref="System.Net.WebSockets.WebSocketException"/> of a peer that is gone and <see cref="OperationCanceledException"/> once
    /// <see cref="RequestContext.Aborted"/> has fired, all of them also inside other exceptions, such as an <see cref="AggregateException"/>:
    /// none is an error of the handler.
    /// </summary>
    public static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> Answer(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        var guarded = ObserverGuard.Of(logger).Logger;
        return next => new Stage(guarded, HandlerCall.NotNull(next)).InvokeAsync;
    }

    private sealed class Stage(ILogger logger, Func<RequestContext, Task> next) : IStage
    {
        IEnumerable<Func<RequestContext, Task>> IStage.Inner => [next];

        // Not inlined into the chain: see Routes.HandleAsync.
        [MethodImpl(MethodImplOptions.NoInlining)]
        internal Task InvokeAsync(RequestContext context)
        {
            Task handled;
            var outerFields = context.Response.Fields.Count;
            try
            {
                handled = HandlerCall.Run(next, context, "The stage after UseErrors");
            }
            catch (Exception exception) when (HandlerFailure.IsError(exception, context))
            {
                return TryAnswer(exception, context, outerFields) ? Task.CompletedTask : Task.FromException(exception);
            }

            return handled.IsCompletedSuccessfully ? handled : AwaitAsync(handled, context, outerFields);
        }

        private async Task AwaitAsync(Task handled, RequestContext context, int outerFields)
        {
            try
            {
                await handled.ConfigureAwait(false);
            }
            catch (Exception exception) when (HandlerFailure.IsError(exception, context))
            {
                if (!TryAnswer(exception, context, outerFields))
                {
                    throw;
                }
            }
        }

        private bool TryAnswer(Exception exception, RequestContext context, int outerFields)
        {
            var request = context.Request;
            logger.RequestFailed(exception, request.Method, request.LoggedPath(), context.Connection.Id);
            context.Failure = exception;
            var response = context.Response;
            if (response.HasStarted)
            {
                // The connection would abort anyway, but log the exception a second time.
                context.Abort();
                return false;
            }

            // What failed may have set a cookie or a lifetime that does not fit its failure; what outer stages set stays.
            response.Fields.KeepFirst(outerFields);

            // Completes at once: a response that has not started only takes the text into its buffer.
            return response.AnswerAsync(500, "500 Internal Server Error\n").IsCompletedSuccessfully;
        }
    }
}
