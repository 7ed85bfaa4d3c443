// Owns: how many calls of a method run at a time, and how many wait.

namespace TinyHost.JsonRpc;

/// <summary>Calls get their turn in the order in which they came.</summary>
internal sealed class RpcGate(int maxConcurrent, int maxQueued)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource<bool>> _queue = [];
    private int _running;

    /// <summary>
    /// Waits for the call's turn. False if too many wait already. A call that is aborted gives up its place, with
    /// <see cref="OperationCanceledException"/>.
    /// </summary>
    public ValueTask<bool> EnterAsync(JsonRpcCall call)
    {
        LinkedListNode<TaskCompletionSource<bool>> place;
        lock (_lock)
        {
            if (_running < maxConcurrent)
            {
                _running++;
                return new(true);
            }

            if (_queue.Count >= maxQueued)
            {
                return new(false);
            }

            place = _queue.AddLast(new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return new(WaitAsync(place, call.Aborted));
    }

    /// <summary>A call that had its turn has ended.</summary>
    public void Exit()
    {
        lock (_lock)
        {
            while (_queue.First is { } first)
            {
                _queue.RemoveFirst();
                if (first.Value.TrySetResult(true))
                {
                    return;
                }
            }

            _running--;
        }
    }

    private async Task<bool> WaitAsync(LinkedListNode<TaskCompletionSource<bool>> place, CancellationToken aborted)
    {
        using var registration = aborted.UnsafeRegister(
            static (waiting, token) => ((TaskCompletionSource<bool>)waiting!).TrySetCanceled(token), place.Value);
        try
        {
            return await place.Value.Task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                place.List?.Remove(place);
            }

            throw;
        }
    }
}
