// Owns: one line in the log for each request.
// Does not own: metrics, or errors (Errors).

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The stage that logs each request.</summary>
public static class AccessLog
{
    /// <summary>
    /// Middleware that logs a line at <see cref="LogLevel.Information"/> when a request has been handled: the peer's end point, method,
    /// path as received without query, status code, octets of content written, and the milliseconds the inner stages took by <paramref name="time"/> (the system's
    /// clock when null). An exception that passes is named in place of a status. Costs nothing while the level is disabled. A logger or clock that
    /// fails costs its line, not the request.
    /// </summary>
    public static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> To(ILogger logger, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(logger);
        var guard = ObserverGuard.Of(logger);
        return next => new Stage(guard.Logger, GuardedTime.Around(time, guard), HandlerCall.NotNull(next)).InvokeAsync;
    }

    private sealed class Stage(ILogger logger, TimeProvider time, Func<RequestContext, Task> next) : IStage
    {
        IEnumerable<Func<RequestContext, Task>> IStage.Inner => [next];

        internal Task InvokeAsync(RequestContext context) =>
            logger.IsEnabled(LogLevel.Information) ? LogAsync(context) : RunNext(context);

        private Task RunNext(RequestContext context) => HandlerCall.Run(next, context, "The stage after UseAccessLog");

        private async Task LogAsync(RequestContext context)
        {
            var started = time.GetTimestamp();
            try
            {
                await RunNext(context).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                var (request, remote) = (context.Request, context.Connection.RemoteEndPoint);
                logger.RequestEnded(remote, request.Method, request.LoggedPath(), (HandlerFailure.CauseOf(exception, context) ?? exception).GetType().Name, MillisecondsSince(started));
                throw;
            }

            logger.RequestCompleted(
                context.Connection.RemoteEndPoint,
                context.Request.Method,
                context.Request.LoggedPath(),
                context.Response.StatusCode,
                context.Response.BytesWritten,
                MillisecondsSince(started));
        }

        private double MillisecondsSince(long started) => time.GetElapsedTime(started).TotalMilliseconds;
    }
}
