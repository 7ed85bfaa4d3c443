// Owns: what the stages of the chain write to their loggers.
// Does not own: what the server itself logs, or when a stage has something to say.

using System.Net;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class StageLog
{
    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed on connection {ConnectionId}.")]
    internal static partial void RequestFailed(this ILogger logger, Exception exception, string method, string path, long connectionId);

    [LoggerMessage(2, LogLevel.Information, "{Remote} {Method} {Path} {StatusCode} {Octets} {Milliseconds:0.000} ms", SkipEnabledCheck = true)]
    internal static partial void RequestCompleted(
        this ILogger logger, IPEndPoint remote, string method, string path, int statusCode, long octets, double milliseconds);

    [LoggerMessage(3, LogLevel.Information, "{Remote} {Method} {Path} ended by {Exception} after {Milliseconds:0.000} ms", SkipEnabledCheck = true)]
    internal static partial void RequestEnded(
        this ILogger logger, IPEndPoint remote, string method, string path, string exception, double milliseconds);

    /// <summary>
    /// The request target without its query, which may hold secrets. It is logged as received rather than decoded: no request target
    /// contains a space or a control character (RFC 9112 §3.2), so none can break a line or forge another.
    /// </summary>
    internal static string LoggedPath(this Request request)
    {
        var target = request.Target;
        var query = target.IndexOf('?');
        return query < 0 ? target : target[..query];
    }
}
