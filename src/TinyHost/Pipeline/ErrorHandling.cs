// Owns: what happens to an exception that a handler throws.

using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The stage that answers for handlers that throw.</summary>
public sealed class ErrorHandling : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly ILogger _logger;

    private ErrorHandling(Func<RequestContext, Task> app, ILogger logger)
        : base(app)
    {
        _app = app;
        _logger = logger;
    }

    /// <summary>
    /// Wraps an app: an exception is logged once, as an error, and answered with 500; fields set by outer stages stay. If the response has
    /// started, the connection is aborted instead, so that the peer notices the truncated content, and the exception is thrown on.
    /// <see cref="RequestRejectedException"/>, exceptions of a lost connection, and <see cref="OperationCanceledException"/> once
    /// <see cref="RequestContext.Aborted"/> has fired are not errors of the handler: they pass through, even inside other exceptions.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(logger);
        return new ErrorHandling(app, ObserverGuard.Of(logger).Logger);
    }

    /// <inheritdoc />
    // Not inlined: see Routes.InvokeAsync.
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override Task InvokeAsync(RequestContext context)
    {
        Task handled;
        var outerFields = context.Response.SaveFields();
        try
        {
            handled = _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseErrors");
        }
        catch (Exception exception) when (HandlerFailure.IsError(exception, context))
        {
            return TryAnswer(exception, context, outerFields) ? Task.CompletedTask : Task.FromException(exception);
        }

        return handled.IsCompletedSuccessfully ? handled : AwaitAsync(handled, context, outerFields);
    }

    private async Task AwaitAsync(Task handled, RequestContext context, SavedFields outerFields)
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

    private bool TryAnswer(Exception exception, RequestContext context, SavedFields outerFields)
    {
        var request = context.Request;
        _logger.RequestFailed(exception, request.Method, request.LoggedPath(), context.Connection.Id);
        context.ReportedFailure = exception;
        var response = context.Response;
        if (response.HasStarted)
        {
            // Abort here, so that the server does not log the exception a second time.
            context.Abort();
            return false;
        }

        // The failed handler may have set a cookie or a lifetime meant for its own answer, or replaced fields of outer stages.
        response.RestoreFields(outerFields);
        // Completes at once: a response that has not started only buffers the text.
        return response.AnswerAsync(500, "500 Internal Server Error\n").IsCompletedSuccessfully;
    }
}
