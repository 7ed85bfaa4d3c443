// Owns: the listening sockets that this process was given, whoever gave them, and finding those of a prefix.

using System.Net;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// A prefix is served at the sockets with its name, if there are any, or else at those with its address and port or its path. A prefix
/// without such sockets is bound. The servers of a process share the sockets; each socket serves one of them at a time.
/// </summary>
/// <param name="sockets">The sockets.</param>
/// <param name="warning">What is wrong with how they were passed: a sentence for the log; null for nothing.</param>
internal sealed partial class InheritedSockets(IReadOnlyList<InheritedSocket> sockets, string? warning = null)
{
    private string? _warning = warning;

    internal IReadOnlyList<InheritedSocket> Sockets => sockets;

    /// <summary>Those that an earlier process of this program bound.</summary>
    internal KeptSockets Kept { get; init; } = new();

    /// <summary>
    /// The address where a worker serves its monitoring ports, each on a free port, because its parent has theirs; null in other processes.
    /// </summary>
    internal IPAddress? MonitoringAt { get; init; }

    /// <summary>
    /// The same sockets and more, for one host of the process: another process takes over from that host alone.
    /// </summary>
    internal InheritedSockets ForHost(IEnumerable<InheritedSocket> more) =>
        new([.. sockets, .. more], Interlocked.Exchange(ref _warning, null)) { Kept = Kept.MoveUntaken() };

    /// <summary>The sockets for a prefix, taken or not.</summary>
    internal IEnumerable<InheritedSocket> FindFor(Prefix prefix)
    {
        var isNamed = false;
        foreach (var socket in sockets)
        {
            isNamed |= socket.EndPoint is not null && socket.IsNamed(prefix.Name);
        }

        foreach (var socket in sockets)
        {
            if (socket.EndPoint is not null && (isNamed ? socket.IsNamed(prefix.Name) : socket.IsAt(prefix)))
            {
                yield return socket;
            }
        }
    }

    /// <summary>Reports what no prefix wants, in a sentence each.</summary>
    internal void ReportUnwanted(ILogger logger)
    {
        Kept.CloseUnwanted(logger);
        if (Interlocked.Exchange(ref _warning, null) is { } warning)
        {
            LogWarning(logger, warning);
        }

        foreach (var socket in sockets)
        {
            if (socket.EndPoint is null)
            {
                LogNoListener(logger, socket.Source, socket.Name ?? "");
            }
            else if (!socket.IsTaken)
            {
                var prefix = socket.EndPoint is UnixEndPoint ? $"http://{socket.EndPoint}" : $"http://{socket.EndPoint}/";
                LogUnwanted(logger, socket.Source, socket, prefix);
            }
        }
    }

    [LoggerMessage(96, LogLevel.Warning,
        "No prefix wants a socket that {Source} passed, {Socket}: its connections are not accepted. Add the prefix {Prefix}, or give one "
        + "the name of the socket (TinyHost:Prefixes).")]
    private static partial void LogUnwanted(ILogger logger, string source, InheritedSocket socket, string prefix);

    [LoggerMessage(97, LogLevel.Warning,
        "Ignoring a descriptor that {Source} passed as '{Name}': it is not a listening stream socket (Accept=no, ListenStream=).")]
    private static partial void LogNoListener(ILogger logger, string source, string name);

    [LoggerMessage(98, LogLevel.Warning, "{Warning}")]
    private static partial void LogWarning(ILogger logger, string warning);
}
