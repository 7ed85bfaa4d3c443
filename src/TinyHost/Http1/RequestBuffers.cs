// Owns: what a connection needs only while it has a request, and lending it: idle connections have none.

using System.Buffers;
using System.Runtime.CompilerServices;

namespace TinyHost;

/// <summary>The buffers and the parser of one request. They hold no pooled array while nobody has borrowed them.</summary>
internal sealed class RequestBuffers(ArrayPool<byte> pool)
{
    internal ReceiveBuffer Received { get; } = new(pool);

    internal RequestHead Head { get; } = new(pool);

    /// <summary>Content that the handler has written and that is not in <see cref="Output"/> yet.</summary>
    internal PooledBuffer Content { get; } = new(pool, initialSize: 1_024);

    /// <summary>The octets to be sent next.</summary>
    internal PooledBuffer Output { get; } = new(pool, initialSize: 1_024);

    /// <summary>Returns all arrays and forgets everything.</summary>
    internal void Clear()
    {
        Head.Clear();
        Head.Release();
        Received.Release();
        Content.Release();
        Output.Release();
    }
}

/// <summary>Lends buffers to the connections of a server. Callable from any thread.</summary>
internal sealed class RequestBufferPool(ArrayPool<byte> octets)
{
    // More are left to the garbage collector when they come back.
    private const int Kept = 64;
    // References on one cache line: each processor begins with a line of its own.
    private const int OfProcessor = 8;

    private readonly RequestBuffers?[] _kept = new RequestBuffers?[Kept];

    /// <summary>Where the buffers have their arrays from.</summary>
    internal ArrayPool<byte> Octets => octets;

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal RequestBuffers Borrow()
    {
        var first = Thread.GetCurrentProcessorId() * OfProcessor;
        for (var i = first; i < first + Kept; i++)
        {
            ref var place = ref _kept[i & (Kept - 1)];
            if (place is not null && Interlocked.Exchange(ref place, null) is { } buffers)
            {
                return buffers;
            }
        }

        return new RequestBuffers(octets);
    }

    /// <summary>The borrower has cleared them and uses them no more.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void GiveBack(RequestBuffers buffers)
    {
        var first = Thread.GetCurrentProcessorId() * OfProcessor;
        for (var i = first; i < first + Kept; i++)
        {
            ref var place = ref _kept[i & (Kept - 1)];
            if (place is null && Interlocked.CompareExchange(ref place, buffers, null) is null)
            {
                return;
            }
        }
    }
}
