// Owns: answering for handlers that take too long.

using System.Globalization;
using System.Runtime.ExceptionServices;

namespace TinyHost;

/// <summary>The stage that gives each request a limited time.</summary>
public sealed class RequestTimeout : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly TimeSpan _limit;
    private readonly RequestDeadlines _deadlines;

    private RequestTimeout(Func<RequestContext, Task> app, TimeSpan limit, TimeProvider time)
        : base(app)
    {
        _app = app;
        _limit = limit;
        _deadlines = new RequestDeadlines(limit, time);
    }

    /// <summary>
    /// Wraps an app: a request that takes longer than <paramref name="limit"/> sees <see cref="RequestContext.Aborted"/> cancelled. When
    /// its handler then ends, the client gets 504, whatever the handler has prepared; a response that has started is cut off at once. A
    /// handler that ignores the cancellation keeps its request until it ends. Each request over its limit is logged once, as a warning,
    /// at the latest after twice the limit. A connection that has switched protocols, such as a WebSocket, has no limit. The time is
    /// that of <paramref name="time"/>, by default the system's clock. Throws <see cref="ArgumentOutOfRangeException"/> for a limit that
    /// is not above zero or longer than 49 days.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, TimeSpan limit, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (limit <= TimeSpan.Zero || limit > TimeSpan.FromDays(49))
        {
            throw new ArgumentOutOfRangeException(
                nameof(limit), limit, "The limit must be above zero and at most 49 days; for no limit, leave out the stage.");
        }

        return new RequestTimeout(app, limit, time ?? TimeProvider.System);
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        var outerFields = context.Response.SaveFields();
        var deadline = _deadlines.Begin(context);
        Task handled;
        try
        {
            handled = _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseTimeout");
        }
        catch (Exception exception)
        {
            handled = Task.FromException(exception);
        }

        if (!handled.IsCompletedSuccessfully)
        {
            return AwaitAsync(handled, context, deadline, outerFields);
        }

        var overrun = _deadlines.End(deadline);
        return overrun.IsOver ? AnswerAsync(context, overrun, outerFields, failure: null) : handled;
    }

    private async Task AwaitAsync(Task handled, RequestContext context, LinkedListNode<RequestDeadline> deadline, SavedFields outerFields)
    {
        Exception? failure = null;
        try
        {
            await handled.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Thrown on, or logged with the answer.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        var overrun = _deadlines.End(deadline);
        if (overrun.IsOver)
        {
            await AnswerAsync(context, overrun, outerFields, failure).ConfigureAwait(false);
        }
        else if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private Task AnswerAsync(RequestContext context, RequestOverrun overrun, SavedFields outerFields, Exception? failure)
    {
        var isAnswered = !context.IsAborted && !context.Response.HasStarted;
        if (!overrun.IsLogged)
        {
            context.Logger.RequestTookTooLong(
                failure is not null && HandlerFailure.IsError(failure, context) ? failure : null,
                context.Request.Method,
                context.Request.LoggedPath(),
                overrun.Elapsed.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture),
                _limit.TotalSeconds,
                isAnswered ? "is answered with 504" : "cannot be answered with 504",
                context.Connection.Id);
        }

        if (!isAnswered)
        {
            if (failure is not null)
            {
                ExceptionDispatchInfo.Throw(failure);
            }

            return Task.CompletedTask;
        }

        // The failure has been logged, and what the handler has set belongs to its own answer.
        context.Response.RestoreFields(outerFields);
        return context.RefuseAsync(RejectReason.HandlerTimeout);
    }
}
