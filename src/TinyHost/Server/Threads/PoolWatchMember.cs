// Owns: one server's part in the watch over the thread pool, from its start to its stop: its limit and its measurements.

namespace TinyHost;

/// <summary>What the watch has found since it began.</summary>
/// <param name="Probes">The number of items that have come through the pool's queue to measure the wait there.</param>
/// <param name="Delay">How long the last of them waited.</param>
/// <param name="TimesUnexplained">How often threads were short although handlers held less than half of them.</param>
internal readonly record struct PoolFindings(long Probes, TimeSpan Delay, long TimesUnexplained);

internal sealed class PoolWatchMember(PoolWatch watch, int mostBlocked, PoolFindings before) : IDisposable
{
    private PoolFindings _seen = before;
    private int _ticksToReport;

    internal int MostBlocked => mostBlocked;

    /// <summary>The server's heartbeat ticks: reports what is new.</summary>
    internal void Tick(ServerServices server)
    {
        var findings = watch.CheckFromHeartbeat();
        if (findings.Probes != _seen.Probes)
        {
            server.Metrics.QueueDelayed(findings.Delay);
        }

        if (findings.TimesUnexplained != _seen.TimesUnexplained)
        {
            // Whether a handler runs for longer shows at the tick after the next.
            _ticksToReport = 3;
        }

        if (_ticksToReport > 0)
        {
            _ticksToReport--;
            foreach (var connection in server.Connections.Connections)
            {
                connection.Request.ReportBlockedPoolThread(isCertain: false);
            }
        }

        _seen = findings;
    }

    public void Dispose() => watch.Leave(this);
}
