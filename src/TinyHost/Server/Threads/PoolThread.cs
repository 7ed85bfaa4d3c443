// Owns: the record of which handler runs on a thread, written by that thread and read by the watch.

using System.Runtime.CompilerServices;

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
    private static PoolThread? t_current;

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
    internal int ChecksSeen { get; set; } = -1;

    /// <summary>The current thread runs a handler until the result is disposed, which must happen on the same thread.</summary>
    internal static Scope Run(IThreadHolder holder)
    {
        var thread = t_current ??= PoolWatch.Shared.Add(new PoolThread());
        var scope = thread.Begin(holder);
        if (thread.ChecksSeen != PoolWatch.Shared.Checks)
        {
            PoolWatch.Shared.CheckFrom(thread);
        }

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

    [InlineArray(16)]
    private struct Padding
    {
        private long _element;
    }
}
