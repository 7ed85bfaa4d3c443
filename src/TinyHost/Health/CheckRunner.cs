// Owns: running one health check for any number of probes: one run at a time, with a deadline, its result kept for a while.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// A check that misses its deadline is unhealthy until it ends, and no further run begins before. A change of state is logged.
/// Callable from any thread.
/// </summary>
/// <param name="check">The check.</param>
/// <param name="cacheLifetime">For how long a result is kept.</param>
/// <param name="timeout">The deadline if the check has none of its own.</param>
/// <param name="time">The clock.</param>
/// <param name="guard">Logs changes, and failures of callbacks at the deadline.</param>
internal sealed partial class CheckRunner(
    HealthCheck check, TimeSpan cacheLifetime, TimeSpan timeout, TimeProvider time, ObserverGuard guard)
{
    private readonly TimeSpan _timeout = check.Timeout ?? timeout;
    private readonly Lock _lock = new();
    private Run? _run;
    private Task<HealthReading>? _reading;
    private long _readAt;
    private HealthState _logged = HealthState.Healthy;
    private volatile HealthReading? _last;

    internal HealthCheck Check => check;

    /// <summary>The latest reading; null before the first.</summary>
    internal HealthReading? Last => _last;

    /// <summary>The state now: a kept result, the result of the run in progress, or that of a new run. Never fails.</summary>
    internal Task<HealthReading> ReadAsync()
    {
        Run run;
        lock (_lock)
        {
            if (_reading is { IsCompleted: false })
            {
                return _reading;
            }

            if (_run is { Result.IsCompleted: false } late)
            {
                return Task.FromResult(_last = Overdue(late));
            }

            if (_reading is not null && _run is { IsOverdue: false } && time.GetElapsedTime(_readAt) < cacheLifetime)
            {
                return _reading;
            }

            _run = run = new Run(check, time.GetTimestamp());
            _reading = EndAsync(run);
        }

        ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
        return _reading;
    }

    private async Task<HealthReading> EndAsync(Run run)
    {
        HealthReading reading;
        try
        {
            var result = await run.Result.WaitAsync(_timeout, time).ConfigureAwait(false);
            reading = new HealthReading(check, result, time.GetElapsedTime(run.BegunAt));
        }
        catch (TimeoutException)
        {
            run.IsOverdue = true;
            reading = Overdue(run);
            _ = run.CancelAsync(guard);
        }

        _readAt = time.GetTimestamp();
        _last = reading;
        LogChange(reading, run.Failure);
        return reading;
    }

    private HealthReading Overdue(Run run)
    {
        var elapsed = time.GetElapsedTime(run.BegunAt);
        var hint = Hint();
        return new HealthReading(
            check, HealthResult.Unhealthy($"no answer for {elapsed.TotalSeconds:0} s{(hint is null ? "" : "; " + hint)}"), elapsed);
    }

    private string? Hint()
    {
        string? hint = null;
        guard.Run($"The hint of health check {check.Name}", check, check => hint = check.Hint?.Invoke());
        return hint;
    }

    private void LogChange(HealthReading reading, Exception? failure)
    {
        var state = reading.Result.State;
        if (state == _logged)
        {
            return;
        }

        _logged = state;
        if (state == HealthState.Healthy)
        {
            LogHealthy(guard.Logger, check.Name);
        }
        else
        {
            LogTrouble(guard.Logger, failure, reading.ToString());
        }
    }

    [LoggerMessage(70, LogLevel.Warning, "Health check {Reading}.")]
    private static partial void LogTrouble(ILogger logger, Exception? failure, string reading);

    [LoggerMessage(71, LogLevel.Information, "Health check {Name}: healthy again.")]
    private static partial void LogHealthy(ILogger logger, string name);

#pragma warning disable CA1001 // The source has neither timer nor wait handle, and the check may use its token after its deadline.
    private sealed class Run(HealthCheck check, long begunAt) : IThreadPoolWorkItem
#pragma warning restore CA1001
    {
        private readonly TaskCompletionSource<HealthResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _deadline = new();
        private volatile bool _isOverdue;

        /// <summary>Never fails.</summary>
        internal Task<HealthResult> Result => _result.Task;

        internal long BegunAt => begunAt;

        internal Exception? Failure { get; private set; }

        internal bool IsOverdue { get => _isOverdue; set => _isOverdue = value; }

        public void Execute() => _ = RunAsync();

        internal async Task CancelAsync(ObserverGuard guard)
        {
            try
            {
                await _deadline.CancelAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Reported by the guard: callbacks are other people's code.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                guard.Failed($"A cancellation callback of health check {check.Name}", failure);
            }
        }

        private async Task RunAsync()
        {
            try
            {
                _result.SetResult(await check.RunAsync(_deadline.Token).ConfigureAwait(false));
            }
#pragma warning disable CA1031 // Whatever a check throws is its result.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Failure = failure;
                _result.SetResult(HealthResult.Unhealthy($"threw {failure.GetType().Name}"));
            }
        }
    }
}
