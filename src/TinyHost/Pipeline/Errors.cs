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
    /// Middleware that logs an exception once, as an error, and answers with 500. When the response has started already, the connection is
    /// aborted, so that the peer sees that the content is cut short, and the exception goes on.
    /// <see cref="RequestRejectedException"/> passes untouched, and so do the <see cref="IOException"/> of a peer that is gone and
    /// <see cref="OperationCanceledException"/> once <see cref="RequestContext.Aborted"/> has fired: none is an error of the handler.
    /// </summary>
    public static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> Answer(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        return next => new Stage(logger, next).InvokeAsync;
    }

    private sealed class Stage(ILogger logger, Func<RequestContext, Task> next) : IStage
    {
        IEnumerable<Func<RequestContext, Task>> IStage.Inner => [next];

        // Not inlined into the chain: see Routes.HandleAsync.
        [MethodImpl(MethodImplOptions.NoInlining)]
        internal Task InvokeAsync(RequestContext context)
        {
            Task handled;
            try
            {
                handled = next(context);
            }
            catch (Exception exception) when (IsError(exception, context))
            {
                return TryAnswer(exception, context) ? Task.CompletedTask : Task.FromException(exception);
            }

            return handled.IsCompletedSuccessfully ? handled : AwaitAsync(handled, context);
        }

        private async Task AwaitAsync(Task handled, RequestContext context)
        {
            try
            {
                await handled.ConfigureAwait(false);
            }
            catch (Exception exception) when (IsError(exception, context))
            {
                if (!TryAnswer(exception, context))
                {
                    throw;
                }
            }
        }

        private bool TryAnswer(Exception exception, RequestContext context)
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

            response.Reset();
            response.StatusCode = 500;

            // Completes at once: a response that has not started only takes the text into its buffer.
            return response.WriteTextAsync("500 Internal Server Error\n").IsCompletedSuccessfully;
        }

        private static bool IsError(Exception exception, RequestContext context) => exception switch
        {
            RequestRejectedException or PeerGoneException or ContentUnwantedException => false,
            OperationCanceledException => !context.HasLeft,
            _ => true,
        };
    }
}
