// Owns: all workers: their first start, their replacement one at a time, and their stop.

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TinyHost.Workers;

internal sealed partial class Supervisor : IDisposable
{
    /// <summary>
    /// How many start at a time. With more, each would share its processor with so many others that it might miss the limit of its start.
    /// </summary>
    internal static readonly int MostStarting = Math.Max(4, 2 * Environment.ProcessorCount);

    private readonly WorkerSlot[] _slots;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();

    internal Supervisor(int count, IWorkerLauncher launcher, WorkerTimes times, ILogger logger)
    {
        _slots = [.. Enumerable.Range(1, count).Select(number => new WorkerSlot(number, launcher, times, logger))];
        _logger = logger;
    }

    /// <summary>
    /// The first start: one worker, and the others once that is ready, so that a fault of all is reported once; at most
    /// <see cref="MostStarting"/> at a time. Null if all serve; otherwise all are stopped, and the result is the exit code of one that
    /// could not start. Throws <see cref="ServerStartException"/>.
    /// </summary>
    internal async Task<int?> StartAsync()
    {
        int? failure;
        try
        {
            failure = await _slots[0].StartAsync().ConfigureAwait(false);
            if (failure is null)
            {
                failure = await StartOthersAsync().ConfigureAwait(false);
            }
        }
        catch
        {
            await StopAsync().ConfigureAwait(false);
            throw;
        }

        if (failure is { } code && !_stopping.IsCancellationRequested)
        {
            LogNotStarted(_logger, ExitCode.Describe(code));
            await StopAsync().ConfigureAwait(false);
        }

        return failure;
    }

    /// <summary>Replaces one after the other, until one cannot be replaced. True if all were.</summary>
    internal async Task<bool> ReplaceAsync()
    {
        LogReplacing(_logger, _slots.Length);
        foreach (var slot in _slots)
        {
            if (_stopping.IsCancellationRequested)
            {
                return false;
            }

            if (!await slot.ReplaceAsync().ConfigureAwait(false))
            {
                if (!_stopping.IsCancellationRequested)
                {
                    LogNotReplaced(_logger);
                }

                return false;
            }
        }

        LogReplaced(_logger, _slots.Length);
        return true;
    }

    /// <summary>Stops all workers, and waits for their end.</summary>
    internal Task StopAsync()
    {
        _stopping.Cancel();
        return Task.WhenAll(_slots.Select(slot => slot.StopAsync()));
    }

    /// <summary>The stop is to skip its delay.</summary>
    internal void Hurry() => Array.ForEach(_slots, static slot => slot.Hurry());

    public void Dispose()
    {
        Array.ForEach(_slots, static slot => slot.Dispose());
        _stopping.Dispose();
    }

    // After a failure no further one starts.
    private async Task<int?> StartOthersAsync()
    {
        var failures = new ConcurrentQueue<int>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = MostStarting };
        await Parallel.ForEachAsync(_slots.Skip(1), options, async (slot, _) =>
        {
            if (failures.IsEmpty && await slot.StartAsync().ConfigureAwait(false) is { } code)
            {
                failures.Enqueue(code);
            }
        }).ConfigureAwait(false);
        return failures.TryPeek(out var failure) ? failure : null;
    }

    [LoggerMessage(6, LogLevel.Error, "A worker could not start ({Code}): stopping.")]
    private static partial void LogNotStarted(ILogger logger, string code);

    [LoggerMessage(7, LogLevel.Information, "Replacing {Count} workers, one at a time.")]
    private static partial void LogReplacing(ILogger logger, int count);

    [LoggerMessage(8, LogLevel.Information, "All {Count} workers have been replaced.")]
    private static partial void LogReplaced(ILogger logger, int count);

    [LoggerMessage(9, LogLevel.Error, "A worker could not be replaced: it and those after it go on.")]
    private static partial void LogNotReplaced(ILogger logger);
}
