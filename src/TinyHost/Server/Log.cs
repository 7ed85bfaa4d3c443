// Owns: the server's log messages, one readable sentence each.

using System.Net;
using Microsoft.Extensions.Logging;

namespace TinyHost;

internal static partial class Log
{
    [LoggerMessage(2, LogLevel.Warning, "Cannot accept connections on {EndPoint}: {Error}. Trying again in {Delay} ms.")]
    internal static partial void AcceptFailed(ILogger logger, IPEndPoint endPoint, string error, long delay);

    [LoggerMessage(3, LogLevel.Error, "The handler of {Method} {Path} failed on connection {Connection}.")]
    internal static partial void HandlerFailed(ILogger logger, Exception exception, string method, string path, long connection);

    [LoggerMessage(4, LogLevel.Debug, "Connection {Connection} from {Peer}: the request was refused: {Reason}.")]
    internal static partial void RequestRejected(ILogger logger, long connection, IPEndPoint peer, string reason);

    [LoggerMessage(5, LogLevel.Critical, "A fault of the server itself ended connection {Connection}.")]
    internal static partial void ConnectionFaulted(ILogger logger, Exception exception, long connection);

    [LoggerMessage(6, LogLevel.Warning, "A connection from {Peer} was turned away: {Count} are open ({Why}).")]
    internal static partial void ConnectionTurnedAway(ILogger logger, IPEndPoint peer, int count, string why);

    [LoggerMessage(7, LogLevel.Warning, "Stopping: requests that did not finish in time and were cut off: {Count}.")]
    internal static partial void RequestsCutOff(ILogger logger, int count);

    [LoggerMessage(8, LogLevel.Debug, "Connection {Connection} waited too long for {Waiting}.")]
    internal static partial void DeadlineOver(ILogger logger, long connection, Waiting waiting);

    [LoggerMessage(21, LogLevel.Information, "No prefix listens on port {Port}: adding {Prefix}, {Purpose}.")]
    internal static partial void PrefixAdded(ILogger logger, int port, Prefix prefix, string purpose);

    [LoggerMessage(22, LogLevel.Warning,
        "The app gets no requests: all prefixes are for monitoring: {Prefixes} ({Purpose}). Give the app a prefix with a port of its own.")]
    internal static partial void MonitoringAlone(ILogger logger, string prefixes, string purpose);

    [LoggerMessage(29, LogLevel.Warning, "A connection from {Peer} was refused: {Why} ({Reason}).")]
    internal static partial void OpeningRefused(ILogger logger, IPEndPoint peer, string why, string reason);

    [LoggerMessage(14, LogLevel.Information, "Connections go without socket options that could not be set: {Options}.")]
    internal static partial void SocketOptionsNotSet(ILogger logger, string options);

    [LoggerMessage(15, LogLevel.Warning,
        "ReservedConnections is {Setting}, but only {Reserved} are reserved, half of the {Most} connections that {Bound} allows.")]
    internal static partial void ReservedConnectionsLowered(ILogger logger, int setting, int reserved, int most, string bound);

    [LoggerMessage(16, LogLevel.Warning,
        "Every thread of the pool has been blocked. The handler of {Method} {Route} was running meanwhile and may be why. The pool adds "
        + "threads, up to MaxBlockedThreads: let the handler wait asynchronously.")]
    internal static partial void PoolThreadKept(ILogger logger, string method, string route);

    [LoggerMessage(17, LogLevel.Warning,
        "The handler of {Method} {Route} has blocked a thread of the pool while no thread was left for other work. The pool adds threads, "
        + "up to MaxBlockedThreads: let the handler wait asynchronously.")]
    internal static partial void PoolThreadBlocked(ILogger logger, string method, string route);

    [LoggerMessage(18, LogLevel.Warning,
        "Stopping: open streams and upgraded connections that did not end within StreamGrace and were cut off: {Count}.")]
    internal static partial void StreamsCutOff(ILogger logger, int count);

    [LoggerMessage(23, LogLevel.Information,
        "Stopping: no longer ready, but accepting connections for another {Seconds} s (DrainDelay), or until the next request to stop.")]
    internal static partial void Draining(ILogger logger, double seconds);

    [LoggerMessage(24, LogLevel.Information,
        "Stopping: the DrainDelay of {Delay} s ended after {Seconds:0.#} s, because the stop was requested again.")]
    internal static partial void DelayCut(ILogger logger, double delay, double seconds);

    [LoggerMessage(25, LogLevel.Warning,
        "Stopping: the DrainDelay of {Delay} s was cut off after {Seconds:0.#} s, because the time for the stop was over (in a Generic "
        + "Host: HostOptions.ShutdownTimeout).")]
    internal static partial void DelayGivenUp(ILogger logger, double delay, double seconds);

    [LoggerMessage(20, LogLevel.Warning,
        "Stopping: handlers that still run {Seconds} s after they were aborted, and are no longer waited for: {Count}.")]
    internal static partial void HandlersLeft(ILogger logger, int count, double seconds);
}
