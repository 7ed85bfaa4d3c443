// Owns: the cells of a histogram that many threads record into, one for each processor.

using System.Numerics;

namespace TinyHost.Metrics;

/// <summary>One processor's cell. Padding keeps the cache lines of neighbouring objects apart.</summary>
internal sealed class ProcessorCell(int buckets, nint shared)
{
    private const int MaxCells = 16;
    private const int Padding = 128 / sizeof(long);

    /// <summary>The number of cells of a histogram, a power of two.</summary>
    internal static readonly int Count = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MaxCells));

    internal HistogramCell Cell = new(buckets + Padding, shared);

    /// <summary>Makes a cell for each processor, in shared memory too if the series is.</summary>
    internal static ProcessorCell[] ForAll(int buckets, SharedSeries? shared)
    {
        // The array is made last, so that it does not share a cache line with a cell: every thread reads it.
        var made = new ProcessorCell[Count];
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new ProcessorCell(buckets, shared?.AddCell(buckets) ?? 0);
        }

        return made.AsSpan().ToArray();
    }

    /// <summary>
    /// The cell of the processor that runs the thread. The thread may move to another at any time: the cell's lock covers that.
    /// </summary>
    internal static ref HistogramCell OfCurrent(ProcessorCell[] cells) =>
#pragma warning disable RS0030 // Thread is banned so that none is started; this asks for the processor's number.
        ref cells[Thread.GetCurrentProcessorId() & (cells.Length - 1)].Cell;
#pragma warning restore RS0030
}
