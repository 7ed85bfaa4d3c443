// Owns: which handler runs on which thread: each thread writes its own record, and the watch over the pool reads them all.

using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>The owner of a handler that runs on a thread.</summary>
internal interface IThreadHolder
{
    /// <summary>Every thread of the pool is blocked, and this handler may be why. Callable from any thread.</summary>
    /// <param name="isCertain">True when the handler held a thread all the time; false when it was only running meanwhile.</param>
    void ReportBlockedPoolThread(bool isCertain);
}

/// <summary>The record of one thread that has run a handler.</summary>
internal sealed class PoolThread
{
    [ThreadStatic]
    private static PoolThread? s_current;

    private readonly Thread _thread = Thread.CurrentThread;
    private volatile IThreadHolder? _holder;
    private int _handlers;
    private int _handlersSeen;
    private long _seenAt;
#pragma warning disable CS0169, CA1823, IDE0044, IDE0051 // Keeps the records of two threads on different cache lines.
    private Padding _padding;
#pragma warning restore CS0169, CA1823, IDE0044, IDE0051

    /// <param name="isOfPool">Null for whatever the current thread is.</param>
    internal PoolThread(bool? isOfPool = null) => IsOfPool = isOfPool ?? _thread.IsThreadPoolThread;

    internal bool IsOfPool { get; }

    internal bool IsAlive => _thread.IsAlive;

    /// <summary>The owner of the handler on the thread, until the handler returns or awaits; null when none runs.</summary>
    internal IThreadHolder? Holder => _holder;

    /// <summary>The number of checks by the watch's timer that the thread knows of; it checks itself when there are more.</summary>
    internal int ChecksSeen { get; private set; } = -1;

    /// <summary>The current thread runs a handler until the result is disposed, which must happen on the same thread.</summary>
    internal static Scope RecordHandler(IThreadHolder holder)
    {
        var thread = s_current ??= PoolThreads.Shared.Add(new PoolThread());
        var scope = thread.Begin(holder);
        thread.CheckIfDue(PoolThreads.Shared.Checks, PoolWatch.Shared);
        return scope;
    }

    /// <summary>A handler begins, perhaps inside another one; that one has the thread again afterwards.</summary>
    internal Scope Begin(IThreadHolder holder)
    {
        var outer = _holder;
        _holder = holder;
        _handlers++;
        return new Scope(this, outer);
    }

    /// <summary>At the thread's first handler, and at the first after each check by the timer, the thread checks as well.</summary>
    internal void CheckIfDue(int checks, PoolWatch watch)
    {
        if (checks != ChecksSeen)
        {
            ChecksSeen = checks;
            if (IsOfPool)
            {
                watch.TryCheck(ownThreads: 0);
            }
        }
    }

    /// <summary>For the watch: the time of the first check that found the present handler on the thread; null when none runs.</summary>
    internal long? HeldSince(long now)
    {
        var handlers = Volatile.Read(ref _handlers);
        if (handlers != _handlersSeen)
        {
            (_handlersSeen, _seenAt) = (handlers, now);
        }

        return _holder is null ? null : _seenAt;
    }

    internal readonly struct Scope(PoolThread thread, IThreadHolder? outer) : IDisposable
    {
        public void Dispose() => thread._holder = outer;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Padding;
}

/// <summary>The records of the pool's threads. Callable from any thread.</summary>
internal sealed class PoolThreads
{
    private readonly Lock _lock = new();
    private volatile PoolThread[] _all = [];
    private int _checks;

    /// <summary>The threads of this process.</summary>
    internal static PoolThreads Shared { get; } = new();

    /// <summary>An array that never changes.</summary>
    internal PoolThread[] All => _all;

    /// <summary>The number of checks by the watch's timer so far.</summary>
    internal int Checks => Volatile.Read(ref _checks);

    internal void CountCheck() => Interlocked.Increment(ref _checks);

    internal PoolThread Add(PoolThread thread)
    {
        if (thread.IsOfPool)
        {
            lock (_lock)
            {
                _all = [.. Array.FindAll(_all, static other => other.IsAlive), thread];
            }
        }

        return thread;
    }
}
