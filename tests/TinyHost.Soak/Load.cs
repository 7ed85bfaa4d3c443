// Owns: a number of workers that make one connection after the other, can be paused, and stop at the first thing that is wrong.

using System.Collections.Concurrent;

namespace TinyHost.Soak;

internal sealed class Load(int workers, Func<Random, Task> connectAsync)
{
    // A worker rests between two connections, so that closed ones do not use up the ports of the machine.
    private const int MostRestMilliseconds = 40;

    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly CancellationTokenSource _ending = new();
    private long _connections;

    internal long Connections => Interlocked.Read(ref _connections);

    internal string? Complaint => _complaints.TryPeek(out var first) ? first : null;

    /// <summary>Runs for so long, or until something is wrong. No worker has a connection when it ends.</summary>
    internal async Task RunAsync(TimeSpan duration)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        over.CancelAfter(duration);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => WorkAsync(worker, over.Token)));
    }

    private async Task WorkAsync(int worker, CancellationToken over)
    {
        // Off the caller's thread from the first connection on.
        await Task.Yield();
        var random = new Random(HashCode.Combine(worker, Connections));
        while (!over.IsCancellationRequested)
        {
            try
            {
                await connectAsync(random);
            }
            catch (Exception e)
            {
                _complaints.Enqueue(e is SoakException ? e.Message : $"A peer failed: {e}");
                await _ending.CancelAsync();
                return;
            }

            Interlocked.Increment(ref _connections);
            await Task.Delay(random.Next(MostRestMilliseconds), CancellationToken.None);
        }
    }
}
