// Owns: the log's line about each socket that a server listens on.

using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class ListenerLog
{
    /// <summary>Reports what peers connect to, and who has passed the socket if this process has not bound it.</summary>
    internal static void Report(Listener listener, ILogger logger, LogLevel level)
    {
        var url = $"{listener.Scheme}://{listener.EndPoint}{(listener.EndPoint is UnixEndPoint ? "" : "/")}";
        if ((listener.Inherited?.Source ?? listener.Kept?.Source) is { } source)
        {
            LogInherited(logger, level, url, source, listener.Inherited?.Name is { } name ? $" as '{name}'" : "");
        }
        else
        {
            LogListening(logger, level, url);
        }
    }

    [LoggerMessage(EventId = 1, Message = "Listening on {Url}")]
    private static partial void LogListening(ILogger logger, LogLevel level, string url);

    [LoggerMessage(EventId = 95, Message = "Listening on {Url}, a socket that {Source} passed{Name}")]
    private static partial void LogInherited(ILogger logger, LogLevel level, string url, string source, string name);
}
