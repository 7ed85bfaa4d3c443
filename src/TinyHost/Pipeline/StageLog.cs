// Owns: what the stages of the chain write to their loggers.

using System.Net;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class StageLog
{
    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed on connection {ConnectionId}.")]
    internal static partial void RequestFailed(this ILogger logger, Exception exception, string method, string path, long connectionId);

    [LoggerMessage(
        2, LogLevel.Information, "{Remote} {Method} {Path} {StatusCode} {Octets} {Milliseconds:0.000} ms", SkipEnabledCheck = true)]
    internal static partial void RequestCompleted(
        this ILogger logger, IPEndPoint remote, string method, string path, int statusCode, long octets, double milliseconds);

    [LoggerMessage(
        3, LogLevel.Information, "{Remote} {Method} {Path} ended by {Exception} after {Milliseconds:0.000} ms", SkipEnabledCheck = true)]
    internal static partial void RequestEnded(
        this ILogger logger, IPEndPoint remote, string method, string path, string exception, double milliseconds);

    /// <summary>
    /// The request target without its query, which may hold secrets. It is logged as received rather than decoded, and what RFC 3986 does
    /// not allow in a URI is percent-encoded: no space, control character, quote or backslash can break a line, forge another or be taken
    /// for an escape.
    /// </summary>
    internal static string LoggedPath(this Request request)
    {
        var target = request.Target;
        var query = target.IndexOf('?');
        return UriText.Encode(query < 0 ? target : target[..query]);
    }
}
