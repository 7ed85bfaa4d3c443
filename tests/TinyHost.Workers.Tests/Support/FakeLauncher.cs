// Owns: starting workers without processes.

using System.Collections.Concurrent;

namespace TinyHost.Workers.Tests.Support;

/// <summary>Each worker has the next number of a process, from 101.</summary>
internal sealed class FakeLauncher : IWorkerLauncher
{
    private readonly ConcurrentQueue<FakeWorker> _started = new();
    private int _last = 100;

    internal IReadOnlyList<FakeWorker> Started => [.. _started];

    /// <summary>What happens to each worker once it has been started; by default it becomes ready.</summary>
    internal Action<FakeWorker> Then { get; set; } = static worker => worker.BecomeReady();

    internal string? Refuses { get; set; }

    public ILaunchedWorker Launch(int number)
    {
        if (Refuses is not null)
        {
            throw new ServerStartException(Refuses);
        }

        var worker = new FakeWorker(number, Interlocked.Increment(ref _last));
        _started.Enqueue(worker);
        Then(worker);
        return worker;
    }
}
