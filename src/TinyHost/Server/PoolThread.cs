// Owns: which handler a thread of the pool is running, noted by that thread and read by others.
// Does not own: what follows from it (PoolWatch).

using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>Whose handler a thread runs.</summary>
internal interface IThreadHolder
{
    /// <summary>No thread of the pool was left for other work, and the handler may be why. Callable from any thread.</summary>
    /// <param name="isKnown">True when it held its thread meanwhile; false when it only had not ended.</param>
    void NoteBlocking(bool isKnown);
}

/// <summary>One for each thread that has run a handler. Only that thread writes what a handler costs; the watch looks at it now and then.</summary>
internal sealed class PoolThread
{
    private readonly Thread _thread = Thread.CurrentThread;
    private volatile IThreadHolder? _holder;
    private int _handlers;
    private int _handlersSeen;
    private long _seenAt;
#pragma warning disable CS0169, CA1823, IDE0044, IDE0051 // Apart from the next: threads write theirs at the same time.
    private Apart _apart;
#pragma warning restore CS0169, CA1823, IDE0044, IDE0051

    /// <param name="isOfPool">Null for what the current thread is.</param>
    internal PoolThread(bool? isOfPool = null) => IsOfPool = isOfPool ?? _thread.IsThreadPoolThread;

    internal bool IsOfPool { get; }

    internal bool IsAlive => _thread.IsAlive;

    /// <summary>The handler that runs on the thread, until it returns or awaits; null when none does.</summary>
    internal IThreadHolder? Holder => _holder;

    /// <summary>How many looks of the watch's timer the thread knows of. It looks itself when there are more.</summary>
    internal int LooksSeen { get; set; } = -1;

    /// <summary>A handler begins. Returns the one around it, for <see cref="End"/>.</summary>
    internal IThreadHolder? Begin(IThreadHolder holder)
    {
        var around = _holder;
        _holder = holder;
        _handlers++;
        return around;
    }

    internal void End(IThreadHolder? around) => _holder = around;

    /// <summary>For the watch: since when, as far as it has looked, the same handler has held the thread; null when none does.</summary>
    internal long? HeldSince(long now)
    {
        var handlers = Volatile.Read(ref _handlers);
        if (handlers != _handlersSeen)
        {
            (_handlersSeen, _seenAt) = (handlers, now);
        }

        return _holder is null ? null : _seenAt;
    }

    [InlineArray(16)]
    private struct Apart
    {
        private long _element;
    }
}
