// Owns: what the stages of the chain write to their loggers.

using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class StageLog
{
    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed on connection {ConnectionId}.")]
    internal static partial void RequestFailed(this ILogger logger, Exception exception, string method, string path, long connectionId);

    [LoggerMessage(
        44,
        LogLevel.Warning,
        "{Method} {Path} took {Elapsed} s, longer than its limit of {Limit} s; it {Answer}. Connection {ConnectionId}.")]
    internal static partial void RequestTookTooLong(
        this ILogger logger, Exception? exception, string method, string path, string elapsed, double limit, string answer,
        long connectionId);

    [LoggerMessage(
        45,
        LogLevel.Warning,
        "{Method} {Path} still runs after {Elapsed} s, twice its limit: its handler ignores Aborted. Connection {ConnectionId}.")]
    internal static partial void CancellationIgnored(
        this ILogger logger, string method, string path, double elapsed, long connectionId);

    [LoggerMessage(
        46,
        LogLevel.Warning,
        "A request on connection {ConnectionId} has ended while its handler still runs: a stage before UseTimeout does not await the rest "
        + "of the chain.")]
    internal static partial void HandlerOutlivesRequest(this ILogger logger, long connectionId);

    /// <summary>
    /// The request target without its query, which may hold secrets. It is logged as received rather than decoded, and what RFC 3986 does
    /// not allow in a URI is percent-encoded: no space, control character, quote or backslash can break a line, forge another or be taken
    /// for an escape.
    /// </summary>
    internal static string LoggedPath(this Request request) => LoggedPath(request.Target);

    /// <summary>As <see cref="LoggedPath(Request)"/>, of a request target.</summary>
    internal static string LoggedPath(string target)
    {
        var query = target.IndexOf('?');
        return UriText.Encode(query < 0 ? target : target[..query]);
    }
}
