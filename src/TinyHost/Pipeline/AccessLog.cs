// Owns: one line in the log for each request.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The stage that logs a line for each request.</summary>
public sealed class AccessLog : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    private AccessLog(Func<RequestContext, Task> app, ObserverGuard guard, TimeProvider? time)
        : base(app)
    {
        _app = app;
        _logger = guard.Logger;
        _time = GuardedTime.Around(time, guard);
    }

    /// <summary>
    /// Wraps an app: logs a line at <see cref="LogLevel.Information"/> when a request has been handled: the peer's end point, the method,
    /// the path as received without its query, the status code, the bytes of content written, and the milliseconds that the app took by
    /// <paramref name="time"/> (by default the system's clock). If the app throws, the line names the exception instead of a status.
    /// Costs nothing while the level is disabled. If the logger or the clock throws, the line is lost, not the request.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, ILogger logger, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(logger);
        return new AccessLog(app, ObserverGuard.Of(logger), time);
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context) =>
        _logger.IsEnabled(LogLevel.Information) ? LogAsync(context) : RunNext(context);

    private Task RunNext(RequestContext context) =>
        _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseAccessLog");

    private async Task LogAsync(RequestContext context)
    {
        var started = _time.GetTimestamp();
        try
        {
            await RunNext(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            var (request, remote) = (context.Request, context.Connection.RemoteEndPoint);
            var cause = HandlerFailure.CauseOf(exception, context) ?? exception;
            _logger.RequestEnded(remote, request.Method, request.LoggedPath(), cause.GetType().Name, MillisecondsSince(started));
            throw;
        }

        _logger.RequestCompleted(
            context.Connection.RemoteEndPoint,
            context.Request.Method,
            context.Request.LoggedPath(),
            context.Response.StatusCode,
            context.Response.BytesWritten,
            MillisecondsSince(started));
    }

    private double MillisecondsSince(long started) => _time.GetElapsedTime(started).TotalMilliseconds;
}
