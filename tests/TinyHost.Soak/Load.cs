// Owns: workers that open one connection after another, can be paused, and stop at the first failure.

using System.Collections.Concurrent;

namespace TinyHost.Soak;

internal sealed class Load(int workers, Func<Random, Task> connectAsync)
{
    // Workers pause between connections, so that closed connections do not use up the machine's ports.
    private const int MaxPauseMilliseconds = 40;

    private readonly ConcurrentQueue<string> _failures = new();
    private readonly CancellationTokenSource _failed = new();
    private long _connections;

    internal long Connections => Interlocked.Read(ref _connections);

    /// <summary>The first failure; null if there is none.</summary>
    internal string? Failure => _failures.TryPeek(out var first) ? first : null;

    /// <summary>Runs for the duration or until the first failure, and returns when every connection has been closed.</summary>
    internal async Task RunAsync(TimeSpan duration)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_failed.Token);
        stop.CancelAfter(duration);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => WorkAsync(worker, stop.Token)));
    }

    private async Task WorkAsync(int worker, CancellationToken stop)
    {
        // Leave the caller's thread, so that all workers start together.
        await Task.Yield();
        var random = new Random(HashCode.Combine(worker, Connections));
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await connectAsync(random);
            }
            catch (Exception e)
            {
                _failures.Enqueue(e is SoakException ? e.Message : $"A peer failed: {e}");
                await _failed.CancelAsync();
                return;
            }

            Interlocked.Increment(ref _connections);
            await Task.Delay(random.Next(MaxPauseMilliseconds), CancellationToken.None);
        }
    }
}
