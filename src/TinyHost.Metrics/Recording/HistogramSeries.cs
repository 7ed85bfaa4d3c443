// Owns: recording into a histogram, and reading it as of one moment.

using System.Numerics;

namespace TinyHost.Metrics;

/// <summary>
/// Counts and sum of a histogram, or of one processor's part. One lock word guards both: that is one atomic operation per measurement,
/// where counting and summing without a lock take two. A struct, so that a series contains its first cell; never copy it.
/// </summary>
internal struct HistogramCell(int buckets)
{
    private readonly long[] _counts = new long[buckets];
    private double _sum;
    private int _locked;

    /// <summary>Counts a value, unless another thread holds the lock: then it returns false.</summary>
    internal bool TryAdd(int bucket, double value)
    {
        if (Interlocked.Exchange(ref _locked, 1) != 0)
        {
            return false;
        }

        CountAndExit(bucket, value);
        return true;
    }

    internal void Add(int bucket, double value)
    {
        Enter();
        CountAndExit(bucket, value);
    }

    internal void Enter()
    {
        // A holder needs nanoseconds, unless it lost its processor: then yield ours.
        var wait = default(SpinWait);
        while (Interlocked.Exchange(ref _locked, 1) != 0)
        {
            do
            {
                wait.SpinOnce();
            }
            while (Volatile.Read(ref _locked) != 0);
        }
    }

    internal void Exit() => Volatile.Write(ref _locked, 0);

    /// <summary>Adds the counts, not cumulated, to <paramref name="counts"/> and returns the sum. The caller holds the lock.</summary>
    internal readonly double AddTo(Span<long> counts)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] += _counts[i];
        }

        return _sum;
    }

    /// <summary>Counts a value and releases the lock, which the caller holds.</summary>
    internal void CountAndExit(int bucket, double value)
    {
        _counts[bucket]++;
        _sum += value;
        Exit();
    }

    /// <summary>Resets counts and sum. The caller holds the lock.</summary>
    internal void Clear()
    {
        Array.Clear(_counts);
        _sum = 0;
    }
}

/// <summary>
/// A histogram. It starts with one cell; if threads often collide there, it continues with a cell per processor, up to <see
/// cref="MaxCells"/>. Values that are not finite are dropped: they have no sum.
/// </summary>
internal class HistogramSeries(LabelSet labels, double[] boundaries, ExemplarSlots? exemplars) : Series(labels, exemplars)
{
    private const int MaxCells = 16;
    private const int CollisionsToSpread = 64;

    private static readonly int s_cellCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MaxCells));

    private HistogramCell _first = new(boundaries.Length + 1);

    // The length is a power of two. Null while the first cell is enough.
    private ProcessorCell[]? _cells;
    private int _collisions;

    private protected ref HistogramCell First => ref _first;

    /// <summary>The number of buckets, including <c>+Inf</c>.</summary>
    private protected int BucketCount => boundaries.Length + 1;

    private protected double[] Boundaries => boundaries;

    internal override int Record(long value) => Record((double)value);

    internal override int Record(double value)
    {
        if (!double.IsFinite(value))
        {
            return NoSlot;
        }

        var bucket = HistogramBoundaries.BucketOf(value, boundaries);
        var cells = Volatile.Read(ref _cells);
        ref var cell = ref cells is null ? ref _first : ref CellOfProcessor(cells);
        if (!cell.TryAdd(bucket, value))
        {
            AddContended(ref cell, bucket, value);
        }

        return bucket;
    }

    /// <summary>Copies the counts of the buckets, not cumulated, and returns the sum, as of one moment.</summary>
    internal double Read(Span<long> counts)
    {
        counts.Clear();
        _first.Enter();
        var cells = Volatile.Read(ref _cells) ?? [];
        foreach (var cell in cells)
        {
            cell.Cell.Enter();
        }

        var sum = _first.AddTo(counts);
        foreach (var cell in cells)
        {
            sum += cell.Cell.AddTo(counts);
            cell.Cell.Exit();
        }

        _first.Exit();
        return sum;
    }

    /// <summary>Continues with a cell per processor.</summary>
    internal void Spread()
    {
        // The array is made last, so that it does not share a cache line with a cell: every thread reads it.
        var made = new ProcessorCell[s_cellCount];
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new ProcessorCell(BucketCount);
        }

        var cells = made.AsSpan().ToArray();
        Interlocked.CompareExchange(ref _cells, cells, null);
    }

    private void AddContended(ref HistogramCell cell, int bucket, double value)
    {
        // One collision is no reason to spread: a scrape may be reading, or the holder lost its processor. The count need not be exact.
        if (Volatile.Read(ref _cells) is null && ++_collisions >= CollisionsToSpread && s_cellCount > 1)
        {
            Spread();
            cell = ref CellOfProcessor(_cells!);
        }

        cell.Add(bucket, value);
    }

    // A thread may move to another processor at any time: the cell's lock covers that.
    private static ref HistogramCell CellOfProcessor(ProcessorCell[] cells) =>
#pragma warning disable RS0030 // Thread is banned so that none is started; this asks for the processor's number.
        ref cells[Thread.GetCurrentProcessorId() & (cells.Length - 1)].Cell;
#pragma warning restore RS0030

    // The padding keeps the cache lines of neighbouring objects apart.
    private sealed class ProcessorCell(int buckets)
    {
        private const int Padding = 128 / sizeof(long);

        internal HistogramCell Cell = new(buckets + Padding);
    }
}
