// Owns: telling a handler's allocations from the server's own on the same thread.

namespace TinyHost;

/// <summary>
/// Later requests reuse a handler's objects only if the handler allocated nothing: then it has hardly ever left work behind. Memory that
/// the server allocates on the handler's thread is subtracted.
/// </summary>
internal struct AllocationCount
{
    private long _own;

    // The bytes that this thread has allocated so far.
    private static long OfThread => GC.GetAllocatedBytesForCurrentThread();

    /// <summary>
    /// The bytes that this thread has allocated so far, without the server's own. If two readings differ, a handler allocated in between.
    /// </summary>
    internal readonly long OfHandler => OfThread - _own;

    /// <summary>Makes an object for a handler. Later requests use it too, so its memory counts as the server's own.</summary>
    internal T Make<TOwner, T>(TOwner owner, Func<TOwner, T> make)
    {
        var before = OfHandler;
        var made = make(owner);
        CountOwn(before);
        return made;
    }

    /// <summary>Counts what this thread has allocated since as the server's own, once, whatever has counted a part of it.</summary>
    /// <param name="before">An earlier <see cref="OfHandler"/>.</param>
    internal void CountOwn(long before) => _own = OfThread - before;
}
