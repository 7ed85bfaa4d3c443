// Owns: one line in the log for each request, whoever answered it.

using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The stage that logs a line for each request.</summary>
public sealed class AccessLog : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly Func<AccessLogEntry, Exception?, string> _formatter;
    private readonly bool _logsMonitoring;
    private readonly ObserverGuard _guard;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    private AccessLog(
        Func<RequestContext, Task> app, AccessLogFormat format, bool logsMonitoring, ObserverGuard guard, TimeProvider? time)
        : base(app)
    {
        _app = app;
        _formatter = AccessLogText.FormatterOf(format);
        _logsMonitoring = logsMonitoring;
        _guard = guard;
        _logger = guard.Logger;
        _time = GuardedTime.Around(time, guard);
    }

    internal override Action<RefusedRequest>? RefusalObserver => LogRefusal;

    /// <summary>
    /// Wraps an app: logs a line at <see cref="LogLevel.Information"/> for each request of the server, with the status that was sent,
    /// whichever stage or the server itself sent it. The path is that of the request target as received, without the query, which may
    /// hold secrets. Nothing that a request contains can forge a line or a part of one. The duration is that of the stages behind this
    /// one and the rest of the response, by <paramref name="time"/> (by default the system's clock). Scrapes and probes are left out,
    /// unless <paramref name="logsMonitoring"/> is true. Costs nothing while the level is disabled. If the logger or the clock throws, the
    /// line is lost, not the request. Throws <see cref="ArgumentOutOfRangeException"/> for a value that is not a format.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app,
        ILogger logger,
        AccessLogFormat format = AccessLogFormat.Text,
        bool logsMonitoring = false,
        TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(logger);
        if (!Enum.IsDefined(format))
        {
            throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format of the access log.");
        }

        return new AccessLog(app, format, logsMonitoring, ObserverGuard.Of(logger), time);
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        if (_logger.IsEnabled(LogLevel.Information))
        {
            var before = context.Request.Allocations.OfHandler;
            Observe(context);
            context.Request.Allocations.CountOwn(before);
        }

        return _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseAccessLog");
    }

    private void Observe(RequestContext context)
    {
        var started = _time.GetTimestamp();
        context.EnsureEnding().Observed += ended => _guard.Run(
            "The access log", (Log: this, Request: ended, started), static line => line.Log.LogRequest(line.Request, line.started));
    }

    private void LogRequest(RequestContext context, long started)
    {
        if (!context.Measured && !_logsMonitoring)
        {
            return;
        }

        var (request, response, status) = (context.Request, context.Response, context.StatusSent);
        Write(new AccessLogEntry
        {
            Time = _time.GetUtcNow(),
            Remote = context.Client,
            User = context.UserName,
            Method = request.Method,
            Path = request.LoggedPath(),
            Version = request.Version,
            StatusCode = status == 0 ? null : status,
            BytesIn = context.BytesRead,
            // The content of an answer to HEAD, and of one that was not sent, is counted and dropped.
            BytesOut = status != 0 && request.Method != "HEAD" ? response.BytesWritten : 0,
            Duration = _time.GetElapsedTime(started),
            TraceId = Activity.Current?.TraceId.ToHexString(),
            Ending = context.IsAborted || status == 0 ? "aborted" : context.Refusal == RejectReason.None ? null : context.Refusal.Name(),
            Referer = request.Fields["Referer"],
            UserAgent = request.Fields["User-Agent"],
        });
    }

    private void LogRefusal(RefusedRequest request)
    {
        if ((request.IsMonitoring && !_logsMonitoring) || !_logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        _guard.Run("The access log", (Log: this, request), static line => line.Log.Write(new AccessLogEntry
        {
            Time = line.Log._time.GetUtcNow(),
            Remote = line.request.Connection.RemoteEndPoint,
            Method = line.request.Method,
            Path = line.request.Target is { } target ? StageLog.LoggedPath(target) : null,
            StatusCode = line.request.StatusCode,
            Ending = line.request.Reason,
        }));
    }

    private void Write(AccessLogEntry entry) =>
        _logger.Log(LogLevel.Information, AccessLogEntry.Event, entry, null, _formatter);
}
