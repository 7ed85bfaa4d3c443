// Owns: that a connection's reads, and its writes, happen one at a time, and the wait for one that a handler left behind.
// Does not own: the operations, or the octets they use.

namespace TinyHost;

/// <summary>
/// Buffers must not be touched, sent or given back while an operation uses them, and a handler may forget to await one.
/// Taking a turn costs two interlocked operations and no memory.
/// </summary>
internal sealed class Turn(string operation)
{
    private const int Free = 0;
    private const int Taken = 1;
    private const int Closing = 2;
    private const int Closed = 3;

    private int _state;
    private TaskCompletionSource? _ended;

    /// <summary>True while an operation is under way.</summary>
    internal bool IsTaken => Volatile.Read(ref _state) is Taken or Closing;

    /// <summary>An operation begins. Throws <see cref="InvalidOperationException"/> when the one before has not ended.</summary>
    internal void Take()
    {
        if (Interlocked.CompareExchange(ref _state, Taken, Free) != Free)
        {
            throw Refusal();
        }
    }

    /// <summary>The operation has ended.</summary>
    internal void Release()
    {
        if (Interlocked.CompareExchange(ref _state, Free, Taken) == Closing)
        {
            Volatile.Write(ref _state, Closed);
            _ended!.SetResult();
        }
    }

    /// <summary>For what is done at once: throws while an operation is under way.</summary>
    internal void ThrowIfTaken()
    {
        if (Volatile.Read(ref _state) != Free)
        {
            throw Refusal();
        }
    }

    /// <summary>No operation begins any more; ends when the last one has.</summary>
    internal ValueTask CloseAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Closed, Free) == Free)
        {
            return default;
        }

        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Interlocked.CompareExchange(ref _state, Closing, Taken) == Taken ? new ValueTask(_ended.Task) : CloseAsync();
    }

    private InvalidOperationException Refusal() => new(
        Volatile.Read(ref _state) == Closed
            ? "The connection has been closed: its handler has ended."
            : $"{operation} is under way: await it before the next one.");
}
