// Owns: whether a server lives: the checks of its heartbeat, its accept loop and its chain.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// The checks run only when somebody asks. Without being asked, the heartbeat notices an accept loop that is stuck, because nobody can ask
/// over a new connection then.
/// </summary>
internal sealed partial class ServerPulse : IServerPulse
{
    private const long Late = 2_500;
    private const long StuckAfter = 5_000;

    private static readonly TimeSpan s_cacheLifetime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    private readonly ServerServices _services;
    private readonly AcceptLoop _acceptLoop;
    private readonly AcceptProbe _acceptProbe;
    private readonly ChainProbe _chainProbe;
    private readonly ServerStop _stop;
    private readonly Lazy<CheckRunner[]> _checks;
    private int _seenPasses = -1;
    private long _seenAt;
    private volatile bool _isStuck;

    internal ServerPulse(
        ServerServices services, AcceptLoop acceptLoop, IReadOnlyDictionary<Listener, ConnectionQuota> listeners, ServerStop stop,
        TimeProvider time, ObserverGuard guard)
    {
        _services = services;
        _acceptLoop = acceptLoop;
        _acceptProbe = new AcceptProbe([.. listeners.Keys], acceptLoop, time);
        _chainProbe = new ChainProbe(services, listeners);
        _stop = stop;
        _checks = new Lazy<CheckRunner[]>(() =>
        [
            Runner(new HealthCheck(ServerCheckNames.Heartbeat, CheckHeartbeatAsync, HealthCheck.LivenessTag)
            {
                Hint = () => $"it last ran {services.Heartbeat.SinceSwept / 1_000} s ago",
            }),
            Runner(new HealthCheck(ServerCheckNames.AcceptLoop, CheckAcceptLoopAsync, HealthCheck.LivenessTag)),
            Runner(new HealthCheck(ServerCheckNames.Chain, _ => CheckChainAsync(), HealthCheck.LivenessTag)
            {
                Hint = _chainProbe.DescribeHolders,
            }),
        ]);

        CheckRunner Runner(HealthCheck check) => new(check, s_cacheLifetime, s_timeout, time, guard);
    }

    public bool IsStopping => _stop.HasBegun;

    public int OpenConnections => _services.Connections.Count;

    public IReadOnlyList<CheckRunner> Checks => _checks.Value;

    public async Task<string?> FindFaultAsync()
    {
        var readings = await Task.WhenAll(_checks.Value.Select(runner => runner.ReadAsync())).ConfigureAwait(false);
        var faults = readings.Where(reading => reading.Result.State == HealthState.Unhealthy).ToList();
        return faults.Count == 0 ? null : string.Join("; ", faults);
    }

    /// <summary>The heartbeat ticks: looks whether the accept loop is still at what it did at an earlier tick.</summary>
    internal void Tick(long now)
    {
        var passes = _acceptLoop.Passes;
        if (!_acceptLoop.IsInPass || passes != _seenPasses)
        {
            (_seenPasses, _seenAt) = (passes, now);
            if (_isStuck)
            {
                _isStuck = false;
                LogAcceptLoopRuns(_services.Logger);
            }
        }
        else if (now - _seenAt >= StuckAfter && !_isStuck)
        {
            _isStuck = true;
            var who = HandlersInTheWay.Describe(_services.Connections, null);
            LogAcceptLoopStuck(_services.Logger, (now - _seenAt) / 1_000, who is null ? "" : $" {who}.");
        }
    }

    private async Task<HealthResult> CheckHeartbeatAsync(CancellationToken cancellationToken)
    {
        // Asked for before the look at the clock, so that a sweep that ends in between is not missed.
        var next = _services.Heartbeat.NextSweepAsync();
        if (_services.Heartbeat.SinceSwept >= Late)
        {
            // The process may have been suspended: then the next tick comes at once.
            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return HealthResult.Healthy;
    }

    private async Task<HealthResult> CheckAcceptLoopAsync(CancellationToken cancellationToken)
    {
        if (_isStuck)
        {
            var seconds = (_services.Heartbeat.Now - Volatile.Read(in _seenAt)) / 1_000;
            return HealthResult.Unhealthy($"stuck for {seconds} s, so that no connection is accepted");
        }

        if (_stop.HasBegun)
        {
            return HealthResult.Healthy;
        }

        var fault = _acceptLoop.HasEnded ? "it has ended" : await _acceptProbe.FindFaultAsync(cancellationToken).ConfigureAwait(false);
        return fault is null || _stop.HasBegun ? HealthResult.Healthy : HealthResult.Unhealthy(fault);
    }

    private Task<HealthResult> CheckChainAsync() =>
        _stop.HasBegun ? Task.FromResult(HealthResult.Healthy) : _chainProbe.RunAsync();

    [LoggerMessage(72, LogLevel.Error, "The accept loop has been stuck for {Seconds} s: no connection is accepted.{Who}")]
    private static partial void LogAcceptLoopStuck(ILogger logger, long seconds, string who);

    [LoggerMessage(73, LogLevel.Information, "The accept loop runs again.")]
    private static partial void LogAcceptLoopRuns(ILogger logger);
}
