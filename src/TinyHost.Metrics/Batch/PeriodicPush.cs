// Owns: pushing a batch again and again while its program runs, and a last time when it stops.

using Microsoft.Extensions.Hosting;

namespace TinyHost.Metrics;

/// <summary>
/// Pushes metrics to a Pushgateway at an interval, and a last time when it stops: for a job whose progress should be visible, or a process
/// that cannot be scraped. Add it to a Generic Host as a hosted service, or call <see cref="BackgroundService.StartAsync"/> and <see
/// cref="StopAsync"/>. Pushes do not overlap. One that fails is logged, once until another succeeds, and the next is made as usual.
/// </summary>
public sealed class PeriodicPush : BackgroundService
{
    private readonly BatchMetrics _metrics;
    private readonly PushGateway _gateway;
    private readonly TimeSpan _interval;
    private readonly string _name;
    private bool _failing;
    private bool _stopped;

    /// <summary>
    /// Pushes these metrics to a group. Throws <see cref="ArgumentOutOfRangeException"/> for an interval that is not positive or above
    /// 2,147,483,647 ms (24 days), and <see cref="ArgumentException"/> for invalid <see cref="PushGateway.Grouping"/>.
    /// </summary>
    /// <param name="metrics">The metrics. They are not disposed.</param>
    /// <param name="gateway">The group, which each push replaces.</param>
    /// <param name="interval">The time from the end of a push to the next, and from the start to the first.</param>
    public PeriodicPush(BatchMetrics metrics, PushGateway gateway, TimeSpan interval)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(gateway);
        if (interval <= TimeSpan.Zero || interval.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(interval),
                interval,
                $"The interval of pushes must be positive and at most {TimeSpan.FromMilliseconds(int.MaxValue)}.");
        }

        (_metrics, _gateway, _interval) = (metrics, gateway, interval);
        _name = gateway.NameOf(gateway.GroupingKeys());
    }

    /// <summary>
    /// Whether the group is deleted at the stop instead of being pushed a last time. Default false: the gateway keeps the last values.
    /// </summary>
    public bool DeleteAtStop { get; init; }

    /// <summary>The clock of the interval. Default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Ends the pushes at the interval, then pushes a last time or deletes the group. A failure is logged. The token ends the wait for the
    /// gateway.
    /// </summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (ExecuteTask is null || _stopped)
        {
            return;
        }

        _stopped = true;
        try
        {
            await (DeleteAtStop ? _gateway.DeleteAsync(cancellationToken) : _metrics.PushAsync(_gateway, cancellationToken))
                .ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A failing gateway must not turn the stop of the program into a crash.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (DeleteAtStop)
            {
                Log.DeletionFailed(_metrics.Logger, exception, _name);
            }
            else
            {
                Log.LastPushFailed(_metrics.Logger, exception, _name);
            }
        }
    }

    /// <summary>Pushes at the interval until the token is cancelled.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(_interval, TimeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await PushAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task PushAsync(CancellationToken stopping)
    {
        try
        {
            await _metrics.PushAsync(_gateway, stopping).ConfigureAwait(false);
            if (_failing)
            {
                _failing = false;
                Log.PushSucceedsAgain(_metrics.Logger, _name);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The last push, which follows, has newer values.
        }
#pragma warning disable CA1031 // The gateway may be back at the next push.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!_failing)
            {
                _failing = true;
                Log.PushFailed(_metrics.Logger, exception, _name, _interval);
            }
        }
    }
}
