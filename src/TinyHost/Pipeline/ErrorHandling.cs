// Owns: what happens to an exception that a handler throws.

using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The stage that answers for handlers that throw, and decides how all errors behind it are written.</summary>
public sealed class ErrorHandling : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly ILogger _logger;
    private readonly Func<RequestContext, RequestError, Task> _answer;
    private readonly Func<RequestContext, RequestError, Task> _answerOnce;

    private ErrorHandling(Func<RequestContext, Task> app, ILogger logger, Func<RequestContext, RequestError, Task> answer)
        : base(app)
    {
        _app = app;
        _logger = logger;
        _answer = answer;
        _answerOnce = AnswerOnceAsync;
    }

    /// <summary>
    /// Wraps an app: an exception is logged once, as an error, and answered with 500; fields set by outer stages stay. If the response has
    /// started, the connection is aborted instead, so that the peer notices the truncated content, and the exception is thrown on.
    /// <see cref="RequestRejectedException"/>, even inside other exceptions, is answered with its status; exceptions of a lost connection,
    /// and <see cref="OperationCanceledException"/> once <see cref="RequestContext.Aborted"/> has fired, pass through.
    /// <paramref name="answer"/> writes these answers, and those of <see cref="Response.AnswerErrorAsync"/> in the stages behind:
    /// <see cref="ErrorAnswers.Text"/>, the default, <see cref="ErrorAnswers.Problem"/>, or a function of your own, which writes content;
    /// the status is that of the error, and the fields are those from before the handler. When that function calls
    /// <see cref="Response.AnswerErrorAsync"/>, the error is written as text.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, ILogger logger, Func<RequestContext, RequestError, Task>? answer = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(logger);
        return new ErrorHandling(app, ObserverGuard.Of(logger).Logger, answer ?? ErrorAnswers.Text);
    }

    /// <inheritdoc />
    // Not inlined: see Routes.InvokeAsync.
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override Task InvokeAsync(RequestContext context)
    {
        Task handled;
        var outerFields = context.Response.SaveFields();
        var outerAnswer = context.ErrorAnswer;
        context.ErrorAnswer = _answerOnce;
        try
        {
            handled = _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseErrors");
        }
        catch (Exception exception)
        {
            handled = Task.FromException(exception);
        }

        if (!handled.IsCompletedSuccessfully || context.IsUnreadTooLarge)
        {
            return AwaitAsync(handled, context, outerFields, outerAnswer);
        }

        // Stages that no error stage is around answer like this one.
        context.ErrorAnswer = outerAnswer ?? _answerOnce;
        return handled;
    }

    private async Task AwaitAsync(
        Task handled, RequestContext context, SavedFields outerFields, Func<RequestContext, RequestError, Task>? outerAnswer)
    {
        try
        {
            Exception failure;
            try
            {
                await handled.ConfigureAwait(false);
                if (context.RefuseUnread() is not { } refusal)
                {
                    return;
                }

                failure = refusal;
            }
            catch (Exception exception) when (ErrorAnswers.ErrorOf(exception, context) is not null)
            {
                failure = exception;
            }

            await AnswerAsync(context, failure, outerFields).ConfigureAwait(false);
        }
        finally
        {
            context.ErrorAnswer = outerAnswer ?? _answerOnce;
        }
    }

    private Task AnswerAsync(RequestContext context, Exception failure, SavedFields outerFields)
    {
        var error = ErrorAnswers.ErrorOf(failure, context)!;
        if (error.Exception is not RequestRejectedException)
        {
            _logger.RequestFailed(failure, context.Request.Method, context.Request.LoggedPath(), context.Connection.Id);
            context.ReportedFailure = failure;
        }

        if (context.Response.HasStarted)
        {
            if (error.Exception is not RequestRejectedException)
            {
                // Abort here, so that the server does not log the exception a second time.
                context.Abort();
            }

            ExceptionDispatchInfo.Throw(failure);
        }

        context.AnsweredRefusal = error.Exception as RequestRejectedException;
        // The failed handler may have set a cookie or a lifetime meant for its own answer, or replaced fields of outer stages.
        context.Response.RestoreFields(outerFields);
        return AnswerOnceAsync(context, error);
    }

    // A function that calls AnswerErrorAsync itself gets the text, not another call.
    private async Task AnswerOnceAsync(RequestContext context, RequestError error)
    {
        var answer = context.ErrorAnswer;
        context.ErrorAnswer = null;
        context.Response.StatusCode = error.StatusCode;
        context.Response.ResetContent();
        try
        {
            await (_answer(context, error) ?? throw HandlerFailure.ReturnedNull(_answer, "The answer of UseErrors")).ConfigureAwait(false);
        }
        finally
        {
            context.ErrorAnswer = answer;
        }
    }
}
