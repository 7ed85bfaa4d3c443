// Owns: the log messages about inline completions.

using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class InlineLog
{
    [LoggerMessage(11, LogLevel.Information, "InlineCompletions: handlers run on the runtime's socket threads and must not block.")]
    internal static partial void TurnedOn(ILogger logger);

    [LoggerMessage(9, LogLevel.Warning,
        "InlineCompletions has no effect: the process had waited for a socket before this server started, or runs on Windows. "
        + "Start the server first, or set DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 in the environment.")]
    internal static partial void HasNoEffect(ILogger logger);

    [LoggerMessage(12, LogLevel.Warning, "Could not determine whether InlineCompletions has an effect: {Error}.")]
    internal static partial void EffectUnknown(ILogger logger, string error);

    [LoggerMessage(10, LogLevel.Warning,
        "The handler of {Method} {Route} has blocked a socket thread for over a second. "
        + "With InlineCompletions this stalls every connection of the thread: "
        + "let the handler wait asynchronously, or start with await Task.Yield().")]
    internal static partial void ThreadBlocked(ILogger logger, string method, string route);

    [LoggerMessage(13, LogLevel.Warning,
        "A socket thread has been blocked for over a second. The handler of {Method} {Route} was running meanwhile and may be why. "
        + "With InlineCompletions this stalls every connection of the thread: "
        + "let the handler wait asynchronously, or continue with await Task.Yield().")]
    internal static partial void ThreadMayBeBlocked(ILogger logger, string method, string route);
}
