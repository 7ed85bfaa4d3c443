// Owns: the access log of the daemon on Kestrel: one line for each request, with the columns of TinyHost's.

using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TinyHost.Bench.Peers.Kestrel;

/// <summary>Written by hand, because the framework's HTTP logging costs more.</summary>
internal sealed partial class RequestLog(ILogger<RequestLog> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var started = Stopwatch.GetTimestamp();
        await next(context);
        var (request, response) = (context.Request, context.Response);
        LogRequest(
            context.Connection.RemoteIpAddress, context.Connection.RemotePort, context.User.Identity?.Name ?? "-", request.Method,
            request.Path.Value, response.StatusCode, request.ContentLength ?? 0, response.ContentLength,
            Stopwatch.GetElapsedTime(started).TotalMilliseconds, Activity.Current?.TraceId);
    }

    [LoggerMessage(
        1, LogLevel.Information, "{Address}:{Port} {User} {Method} {Path} {Status} {BytesIn} {BytesOut} {Milliseconds:F3} ms {TraceId}")]
    private partial void LogRequest(
        System.Net.IPAddress? address, int port, string user, string method, string? path, int status, long bytesIn, long? bytesOut,
        double milliseconds, ActivityTraceId? traceId);
}
