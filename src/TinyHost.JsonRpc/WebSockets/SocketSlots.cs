// Owns: how many messages of a connection are in progress.

namespace TinyHost.JsonRpc;

internal sealed class SocketSlots(int most)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _free;
    private TaskCompletionSource? _empty;
    private int _taken;

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _taken == 0;
            }
        }
    }

    /// <summary>Waits for a slot and takes it. Only one caller, the reader, may wait.</summary>
    public ValueTask EnterAsync()
    {
        lock (_lock)
        {
            if (_taken < most)
            {
                _taken++;
                return default;
            }

            _free = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new(_free.Task);
        }
    }

    /// <summary>Gives a slot back, or hands it to the reader that waits.</summary>
    public void Exit()
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            waiting = _free ?? (--_taken == 0 ? _empty : null);
            _free = null;
        }

        waiting?.TrySetResult();
    }

    /// <summary>Waits until no message is in progress.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_lock)
        {
            if (_taken == 0)
            {
                return Task.CompletedTask;
            }

            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }
}
