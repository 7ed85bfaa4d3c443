// Owns: the processes of one worker number: starting them, again after a death, and replacing one by the next.

using Microsoft.Extensions.Logging;

namespace TinyHost.Workers;

/// <summary>At most one process serves at a time, one is about to, and one finishes its requests.</summary>
internal sealed partial class WorkerSlot(int number, IWorkerLauncher launcher, WorkerTimes times, ILogger logger) : IDisposable
{
    private readonly Backoff _backoff = new();
    // Held while a process is about to serve.
    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly List<ILaunchedWorker> _alive = [];
    private ILaunchedWorker? _serving;
    // Completed when another process serves.
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _servingSince;
    private Task _watching = Task.CompletedTask;

    /// <summary>
    /// The first start. Null if a process serves; otherwise the exit code of the one that could not. Throws
    /// <see cref="ServerStartException"/> if none could be started.
    /// </summary>
    internal async Task<int?> StartAsync()
    {
        var (worker, code) = await LaunchAsync().ConfigureAwait(false);
        if (worker is null)
        {
            return code;
        }

        Serve(worker);
        _watching = WatchAsync();
        return null;
    }

    /// <summary>
    /// Starts another process, and lets the one that serves finish once that is ready. False if it could not start; the one that serves
    /// stays.
    /// </summary>
    internal async Task<bool> ReplaceAsync()
    {
        ILaunchedWorker? old;
        await _starting.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_stopping.IsCancellationRequested)
            {
                return false;
            }

            var worker = await TryLaunchAsync().ConfigureAwait(false);
            if (worker is null)
            {
                return false;
            }

            old = Serve(worker);
        }
        finally
        {
            _starting.Release();
        }

        if (old is not null)
        {
            old.Order(WorkerOrder.Leave);
            await EndsAsync(old).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Stops every process of this number, kills those that take too long, and waits for their end.</summary>
    internal async Task StopAsync()
    {
        ILaunchedWorker[] alive;
        lock (_lock)
        {
            _stopping.Cancel();
            alive = [.. _alive];
        }

        foreach (var worker in alive)
        {
            worker.Order(WorkerOrder.Stop);
        }

        await Task.WhenAll(alive.Select(EndsAsync)).ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
    }

    /// <summary>The stop is to skip its delay.</summary>
    internal void Hurry()
    {
        lock (_lock)
        {
            _alive.ForEach(static worker => worker.Order(WorkerOrder.Hurry));
        }
    }

    public void Dispose()
    {
        _starting.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Starts processes again until the slot stops.</summary>
    private async Task WatchAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var worker = _serving!;
            await Task.WhenAny(worker.Exited, ChangedFrom(worker)).ConfigureAwait(false);
            if (_serving != worker)
            {
                continue;
            }

            var code = await worker.Exited.ConfigureAwait(false);
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            var pause = _backoff.AfterDeath(times.Clock.GetElapsedTime(_servingSince));
            LogDied(logger, number, worker.ProcessId, ExitCode.Describe(code), pause.TotalSeconds);
            while (await PauseAsync(pause).ConfigureAwait(false))
            {
                await StartAgainAsync(worker).ConfigureAwait(false);
                if (_serving != worker)
                {
                    break;
                }

                pause = _backoff.AfterDeath(TimeSpan.Zero);
            }
        }
    }

    private async Task StartAgainAsync(ILaunchedWorker dead)
    {
        await _starting.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            // Another may have been started meanwhile, to replace it.
            if (_serving == dead && !_stopping.IsCancellationRequested && await TryLaunchAsync().ConfigureAwait(false) is { } worker)
            {
                Serve(worker);
            }
        }
        finally
        {
            _starting.Release();
        }
    }

    private ILaunchedWorker? Serve(ILaunchedWorker worker)
    {
        ILaunchedWorker? old;
        lock (_lock)
        {
            old = _serving;
            _servingSince = times.Clock.GetTimestamp();
            _serving = worker;
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        LogReady(logger, number, worker.ProcessId);
        return old;
    }

    private Task ChangedFrom(ILaunchedWorker worker)
    {
        lock (_lock)
        {
            return _serving == worker ? _changed.Task : Task.CompletedTask;
        }
    }

    /// <summary>A process that is ready; null, and a line in the log, if there is none.</summary>
    private async Task<ILaunchedWorker?> TryLaunchAsync()
    {
        try
        {
            var (worker, code) = await LaunchAsync().ConfigureAwait(false);
            if (worker is null && !_stopping.IsCancellationRequested)
            {
                LogNotStarted(logger, number, $"{ExitCode.Describe(code)}.");
            }

            return worker;
        }
        catch (Exception e)
        {
            // Whatever it is, such as a lack of memory, the next attempt may succeed.
            LogNotStarted(logger, number, e.Message);
            return null;
        }
    }

    private async Task<(ILaunchedWorker? Worker, int Code)> LaunchAsync()
    {
        ILaunchedWorker worker;
        lock (_lock)
        {
            // A stop finds every process that was started before it.
            if (_stopping.IsCancellationRequested)
            {
                return (null, 0);
            }

            worker = launcher.Launch(number);
            _alive.Add(worker);
        }

        _ = ForgetAsync(worker);
        if (!await IsWithinAsync(worker.Ready, times.Start).ConfigureAwait(false))
        {
            LogLate(logger, number, worker.ProcessId, times.Start.TotalSeconds);
            worker.Kill();
        }

        return await worker.Ready.ConfigureAwait(false) ? (worker, 0) : (null, await worker.Exited.ConfigureAwait(false));
    }

    private async Task ForgetAsync(ILaunchedWorker worker)
    {
        await worker.Exited.ConfigureAwait(false);
        lock (_lock)
        {
            _alive.Remove(worker);
        }
    }

    private async Task EndsAsync(ILaunchedWorker worker)
    {
        if (!await IsWithinAsync(worker.Exited, times.Stop).ConfigureAwait(false))
        {
            LogKilled(logger, number, worker.ProcessId, times.Stop.TotalSeconds);
            worker.Kill();
            await worker.Exited.ConfigureAwait(false);
        }
    }

    private async Task<bool> IsWithinAsync(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, times.Clock).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return task.IsCompleted;
        }
    }

    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, times.Clock, _stopping.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Worker {Number} is ready: process {Process}.")]
    private static partial void LogReady(ILogger logger, int number, int process);

    [LoggerMessage(2, LogLevel.Error, "Worker {Number}, process {Process}, ended ({Code}). It is started again in {Pause} s.")]
    private static partial void LogDied(ILogger logger, int number, int process, string code, double pause);

    [LoggerMessage(3, LogLevel.Error, "Worker {Number} could not be started: {Why}")]
    private static partial void LogNotStarted(ILogger logger, int number, string why);

    [LoggerMessage(4, LogLevel.Error,
        "Worker {Number}, process {Process}, was not ready within {Limit} s (TinyHost:Workers:StartTimeout), and is killed.")]
    private static partial void LogLate(ILogger logger, int number, int process, double limit);

    [LoggerMessage(5, LogLevel.Error, "Worker {Number}, process {Process}, did not stop within {Limit} s, and is killed.")]
    private static partial void LogKilled(ILogger logger, int number, int process, double limit);
}
