// Owns: where and when password hashes are computed: apart from the threads of requests, a few at once, with a bounded queue.

namespace TinyHost;

/// <summary>Computes hashes on the thread pool. Equal credentials that arrive together are computed once.</summary>
internal sealed class HashQueue(int workers, int places) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Computation> _pending = [];
    private readonly Queue<Computation> _waiting = [];
    private int _running;

    /// <summary>The computation in progress or waiting for these credentials; null for none.</summary>
    internal Task<bool>? Find(UInt128 digest)
    {
        lock (_lock)
        {
            return _pending.GetValueOrDefault(digest)?.Task;
        }
    }

    /// <summary>
    /// Whether the hash is the password's; null if the queue is full. <paramref name="remember"/> gets the result while
    /// <see cref="Find"/> still finds the computation, and <paramref name="recall"/> is asked for it when there is none: a result that is
    /// remembered is not computed again.
    /// </summary>
    internal Task<bool>? Start(UInt128 digest, PasswordUser user, string password, Func<bool?> recall, Action<bool> remember)
    {
        Computation computation;
        lock (_lock)
        {
            if (_pending.TryGetValue(digest, out var pending))
            {
                return pending.Task;
            }

            if (recall() is { } known)
            {
                return Task.FromResult(known);
            }

            if (_pending.Count == workers + places)
            {
                return null;
            }

            computation = new Computation(digest, user, password, remember);
            _pending.Add(digest, computation);
            _waiting.Enqueue(computation);
            if (_running == workers)
            {
                return computation.Task;
            }

            _running++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return computation.Task;
    }

    void IThreadPoolWorkItem.Execute()
    {
        Computation? computation;
        lock (_lock)
        {
            // Another worker may have taken what this one was called for.
            if (!_waiting.TryDequeue(out computation))
            {
                _running--;
                return;
            }
        }

        computation.Run();
        lock (_lock)
        {
            _pending.Remove(computation.Digest);
            if (_waiting.Count == 0)
            {
                _running--;
                return;
            }
        }

        // Other work of the pool has its turn in between.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private sealed class Computation(UInt128 digest, PasswordUser user, string password, Action<bool> remember)
    {
        private readonly TaskCompletionSource<bool> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal UInt128 Digest => digest;

        internal Task<bool> Task => _result.Task;

        internal void Run()
        {
            try
            {
                var isRight = user.Verify(password);
                remember(isRight);
                _result.SetResult(isRight);
            }
#pragma warning disable CA1031 // The requests that wait for the result get the exception.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _result.SetException(failure);
            }
        }
    }
}
