// Owns: serving connections on the runtime's socket threads: turning that on, opening and starting connections, and finding blocked
// threads. The rest of the server uses this type only, and has none while ServerOptions.InlineCompletions is off.

using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// A setting of the process. The runtime reads it once, when a socket operation first has to wait. Each socket's operations then complete
/// on one of the runtime's socket threads, and the code awaiting them runs there.
/// </summary>
internal sealed class InlineCompletions : IDisposable
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly SocketThreadProbe[] _probes;

    /// <exception cref="SocketException">There is no loopback interface, or no descriptor is left.</exception>
    internal InlineCompletions() => _probes = SocketThreadProbe.OnEachThread();

    /// <summary>Turns inline completions on. Logs whether that took effect, and returns null if it did not.</summary>
    internal static async Task<InlineCompletions?> TryTurnOnAsync(TimeProvider time, ILogger logger)
    {
        try
        {
            if (await TrySetAsync(time).ConfigureAwait(false))
            {
                InlineLog.TurnedOn(logger);
                return new InlineCompletions();
            }

            InlineLog.HasNoEffect(logger);
        }
        catch (SocketException exception)
        {
            InlineLog.EffectUnknown(logger, exception.Message);
        }

        return null;
    }

    internal SocketTransport Open(Socket socket) => new InlineTransport(socket, this);

    /// <summary>
    /// Starts serving a connection: on this thread if it is a socket thread, since moving to another would cost more than most requests do.
    /// </summary>
    /// <param name="connection">The connection, new.</param>
    /// <param name="transport">Its transport, from <see cref="Open"/>.</param>
    internal void Serve(IInlineConnection connection, SocketTransport transport) => ((InlineTransport)transport).Serve(connection);

    /// <summary>A handler whose calls count as steps of a socket thread's turn (<see cref="SocketThread"/>).</summary>
    internal Func<T, Task> CountCalls<T>(Func<T, Task> handler) => context =>
    {
        SocketThread.CountStep();
        return handler(context);
    };

    /// <summary>
    /// For the heartbeat: reports the connections that have blocked a socket thread since the last call. If a thread is blocked and none of
    /// them is the reason, code resumed by another socket is: then every connection is reported as a possible reason.
    /// </summary>
    internal void ReportBlockedThreads(long now, IEnumerable<IInlineConnection> connections)
    {
        var isCauseKnown = SocketThread.ReportBlocked(this);
        var isAnyBlocked = false;
        foreach (var probe in _probes)
        {
            // `|` rather than `||`: each call also sends the next datagram.
            isAnyBlocked |= probe.IsThreadBlocked(now);
        }

        if (isAnyBlocked && !isCauseKnown)
        {
            foreach (var connection in connections)
            {
                connection.ReportBlockedThread(isCertain: false);
            }
        }
    }

    public void Dispose() => Array.ForEach(_probes, probe => probe.Dispose());

    private static async Task<bool> TrySetAsync(TimeProvider time)
    {
        var before = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, "1");
        var isInEffect = await IsInEffectAsync(time).ConfigureAwait(false);
        // The runtime has read the variable. Programs started by this process must not inherit it.
        Environment.SetEnvironmentVariable(Variable, before);
        return isInEffect;
    }

    private static async Task<bool> IsInEffectAsync(TimeProvider time)
    {
        var isOnPool = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var probe = new SocketThreadProbe(isPoolThread => isOnPool.TrySetResult(isPoolThread));
        probe.TrySend();
        try
        {
            return !await isOnPool.Task.WaitAsync(s_patience, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
